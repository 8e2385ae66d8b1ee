package io.switchboard.testkit;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Repeats attempts that prove nothing, because a fixed time of the service passed while the machine
 * did not run the test.
 */
public final class Attempts {
    private static final Logger log = LoggerFactory.getLogger(Attempts.class);
    private static final int MOST = 8;

    private Attempts() {}

    /** The part of a test that must be faster than a fixed time of the service. */
    @FunctionalInterface
    public interface Attempt {
        void run() throws Exception;
    }

    /**
     * Runs the attempt until it succeeds once. A failure counts if the attempt took no longer than
     * the limit, or if it was the last of {@value #MOST}.
     */
    public static void within(Duration limit, Attempt attempt) throws Exception {
        within(limit, attempt, () -> {});
    }

    /**
     * Does the same.
     *
     * @param restore makes another attempt possible after one that failed
     */
    public static void within(Duration limit, Attempt attempt, Attempt restore) throws Exception {
        for (int left = MOST - 1; ; left--) {
            long start = System.nanoTime();
            try {
                attempt.run();
                return;
            } catch (Exception | AssertionError e) {
                Duration took = Duration.ofNanos(System.nanoTime() - start);
                if (left == 0 || took.compareTo(limit) <= 0) {
                    throw e;
                }
                log.info("repeated after {}, which is more than {}", took, limit, e);
                restore.run();
            }
        }
    }
}
