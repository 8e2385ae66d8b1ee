package io.switchboard.transport.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.transport.stream.AcceptLoop.Backoff;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/**
 * Tests the lower bound of each wait, which holds even on a busy machine. Parking may end slightly
 * early.
 */
class BackoffTest {
    private static final Duration EARLY = Duration.ofMillis(2);

    private final Backoff backoff = new Backoff();

    @Test
    void waitsLongerEachTime() {
        for (int wait = 10; wait <= 80; wait *= 2) {
            assertThat(pause()).isGreaterThan(Duration.ofMillis(wait).minus(EARLY));
        }
    }

    /** Uses the shortest of several attempts, because any one may be late on a busy machine. */
    @Test
    void startsWithTheShortestWaitAfterASuccess() {
        Duration shortest = Duration.ofDays(1);
        for (int attempt = 0; attempt < 5; attempt++) {
            pause();
            pause();
            pause();
            backoff.reset();
            Duration next = pause();
            shortest = next.compareTo(shortest) < 0 ? next : shortest;
            backoff.reset();
        }
        assertThat(shortest).isLessThan(Duration.ofMillis(40));
    }

    /** Race: a descriptor becomes free while the accepting thread waits for one. */
    @Test
    void aFreedDescriptorEndsTheWait() throws Exception {
        Duration shortest = Duration.ofDays(1);
        for (int attempt = 0; attempt < 5 && shortest.toMillis() >= 600; attempt++) {
            backoff.reset();
            for (int wait = 10; wait <= 320; wait *= 2) {
                pause();
            }
            FutureTask<Duration> long640 = new FutureTask<>(this::pause);
            Thread waiting = Thread.ofPlatform().daemon().start(long640);
            await().pollInterval(Duration.ofMillis(1))
                    .until(() -> LockSupport.getBlocker(waiting) == backoff);
            backoff.wake();
            shortest = long640.get(10, TimeUnit.SECONDS);
        }
        assertThat(shortest).isLessThan(Duration.ofMillis(600));
    }

    @Test
    void aWakeDoesNothingWhenNoThreadWaits() {
        backoff.wake();
        assertThat(pause()).isGreaterThan(Duration.ofMillis(10).minus(EARLY));
    }

    /** A lasting failure must not fill the log. */
    @Test
    void logsTheFirstFailureAndThenAtMostOnePerSecond() {
        long start = System.nanoTime();
        assertThat(backoff.mayLog()).isTrue();
        boolean again = backoff.mayLog();
        if (System.nanoTime() - start < TimeUnit.SECONDS.toNanos(1)) {
            assertThat(again).isFalse();
        }
        await().pollInterval(Duration.ofMillis(5)).until(backoff::mayLog);
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isGreaterThanOrEqualTo(Duration.ofSeconds(1));
    }

    private Duration pause() {
        long start = System.nanoTime();
        backoff.pause();
        return Duration.ofNanos(System.nanoTime() - start);
    }
}
