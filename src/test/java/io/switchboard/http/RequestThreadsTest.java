package io.switchboard.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RequestThreadsTest {

    private static final int MANY = 100 * RequestThreads.PLATFORM_THREADS;
    private static final long TIMEOUT_SECONDS = 20;
    private static final long LONG = TimeUnit.HOURS.toNanos(1);

    private final RequestThreads threads = new RequestThreads();
    private final CountDownLatch started = new CountDownLatch(MANY);
    private final CountDownLatch release = new CountDownLatch(1);
    private final AtomicInteger onPlatformThreads = new AtomicInteger();
    private final AtomicInteger ended = new AtomicInteger();

    @AfterEach
    void stop() {
        release.countDown();
        threads.stop();
    }

    private void blockUntilReleased() {
        if (!Thread.currentThread().isVirtual()) {
            onPlatformThreads.incrementAndGet();
        }
        started.countDown();
        try {
            release.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        ended.incrementAndGet();
    }

    @Test
    void noRequestWaitsForAThreadHoweverManyAreBusy() throws Exception {
        for (int i = 0; i < MANY; i++) {
            threads.execute(this::blockUntilReleased);
        }
        assertThat(started.await(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(onPlatformThreads).hasValue(RequestThreads.PLATFORM_THREADS);
        release.countDown();
        await().until(() -> ended.get() == MANY);
    }

    /** Race: several callers see the last idle platform thread at the same time. */
    @Test
    void noRequestWaitsIfSeveralCallersCompeteForAThread() throws Exception {
        int callers = 16;
        for (int caller = 0; caller < callers; caller++) {
            int number = caller;
            Thread.ofPlatform()
                    .start(
                            () -> {
                                for (int i = number; i < MANY; i += callers) {
                                    threads.execute(this::blockUntilReleased);
                                }
                            });
        }
        assertThat(started.await(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(onPlatformThreads).hasValueBetween(1, RequestThreads.PLATFORM_THREADS);
    }

    @Test
    void usesPlatformThreadsAgainWhenTheyAreIdle() throws Exception {
        for (int i = 0; i < MANY; i++) {
            threads.execute(this::blockUntilReleased);
        }
        release.countDown();
        await().until(() -> ended.get() == MANY);
        int before = onPlatformThreads.get();
        await().until(
                        () -> {
                            threads.execute(this::blockUntilReleased);
                            return onPlatformThreads.get() > before;
                        });
    }

    @Test
    void whoeverPipelinesManyRequestsTakesTurns() {
        RequestThreads fair = new RequestThreads(new TurnQueue(1), LONG);
        Connection first = new Connection();
        Connection second = new Connection();
        fair.execute(() -> first.serve(fair, RequestThreads.FREE_REQUESTS));
        await().until(() -> first.served.get() == RequestThreads.FREE_REQUESTS);
        fair.execute(() -> second.serve(fair, RequestThreads.FREE_REQUESTS));
        await().until(second::isWaiting);
        assertThat(second.served).hasValue(RequestThreads.FREE_REQUESTS - 1);

        first.end.countDown();
        await().until(() -> second.served.get() == RequestThreads.FREE_REQUESTS);
        second.end.countDown();
        fair.stop();
    }

    @Test
    void theStreamsOfAConnectionTakeTurns() {
        TurnQueue turns = new TurnQueue(1);
        TurnQueue.Turn earlier = turns.begin(LONG);
        RequestThreads fair = new RequestThreads(turns, LONG);
        fair.execute(() -> fair.execute(ended::incrementAndGet));
        HeldTurns.awaitWaiting(RequestThreads.class);
        assertThat(ended).hasValue(0);
        earlier.close();
        await().until(() -> ended.get() == 1);
        fair.stop();
    }

    @Test
    void fewRequestsNeedNoTurn() {
        TurnQueue turns = new TurnQueue(1);
        turns.begin(LONG);
        RequestThreads fair = new RequestThreads(turns, LONG);
        for (int at = 0; at < MANY; at++) {
            Connection connection = new Connection();
            connection.end.countDown();
            fair.execute(() -> connection.serve(fair, RequestThreads.FREE_REQUESTS - 1));
            await().until(() -> connection.served.get() == RequestThreads.FREE_REQUESTS - 1);
        }
        fair.stop();
    }

    /** A client that sends its next request at once looks like one that pipelines. */
    @Test
    void requestsThatHaveWaitedForAPeerNeedNoTurn() {
        TurnQueue turns = new TurnQueue(1);
        turns.begin(LONG);
        RequestThreads fair = new RequestThreads(turns, LONG);
        fair.execute(
                () -> {
                    for (int request = 0; request < MANY; request++) {
                        RequestThreads.haveWaited();
                        fair.requestEnded();
                        ended.incrementAndGet();
                    }
                });
        await().until(() -> ended.get() == MANY);
        fair.stop();
    }

    /** A connection whose requests are served by one thread, one after the other. */
    private static final class Connection {
        private final AtomicInteger served = new AtomicInteger();
        private final CountDownLatch end = new CountDownLatch(1);
        private volatile @Nullable Thread thread;

        void serve(RequestThreads threads, int requests) {
            thread = Thread.currentThread();
            for (int request = 0; request < requests; request++) {
                threads.requestEnded();
                served.incrementAndGet();
            }
            try {
                end.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        boolean isWaiting() {
            Thread current = thread;
            return current != null && current.getState() == Thread.State.TIMED_WAITING;
        }
    }
}
