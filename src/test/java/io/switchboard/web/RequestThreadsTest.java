package io.switchboard.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RequestThreadsTest {

    private static final int MANY = 100 * RequestThreads.PLATFORM;
    private static final long LONGEST_SECONDS = 20;

    private final RequestThreads threads = new RequestThreads();
    private final CountDownLatch begun = new CountDownLatch(MANY);
    private final CountDownLatch end = new CountDownLatch(1);
    private final AtomicInteger onPlatformThreads = new AtomicInteger();
    private final AtomicInteger ended = new AtomicInteger();

    @AfterEach
    void stop() {
        end.countDown();
        threads.stop();
    }

    private void waitForTheEnd() {
        if (!Thread.currentThread().isVirtual()) {
            onPlatformThreads.incrementAndGet();
        }
        begun.countDown();
        try {
            end.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        ended.incrementAndGet();
    }

    @Test
    void nobodyWaitsForAThreadHoweverManyAreBusy() throws Exception {
        for (int i = 0; i < MANY; i++) {
            threads.execute(this::waitForTheEnd);
        }
        assertThat(begun.await(LONGEST_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(onPlatformThreads).hasValue(RequestThreads.PLATFORM);
        end.countDown();
        await().until(() -> ended.get() == MANY);
    }

    /** Several see the last free thread at once. */
    @Test
    void nobodyWaitsForAThreadThatSomebodyElseTook() throws Exception {
        int callers = 16;
        for (int caller = 0; caller < callers; caller++) {
            int number = caller;
            Thread.ofPlatform()
                    .start(
                            () -> {
                                for (int i = number; i < MANY; i += callers) {
                                    threads.execute(this::waitForTheEnd);
                                }
                            });
        }
        assertThat(begun.await(LONGEST_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(onPlatformThreads).hasValueBetween(1, RequestThreads.PLATFORM);
    }

    @Test
    void itIsAPlatformThreadAgainWhenTheyAreFree() throws Exception {
        for (int i = 0; i < MANY; i++) {
            threads.execute(this::waitForTheEnd);
        }
        end.countDown();
        await().until(() -> ended.get() == MANY);
        int before = onPlatformThreads.get();
        await().until(
                        () -> {
                            threads.execute(this::waitForTheEnd);
                            return onPlatformThreads.get() > before;
                        });
    }
}
