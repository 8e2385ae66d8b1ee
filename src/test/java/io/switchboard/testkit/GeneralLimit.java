package io.switchboard.testkit;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.awaitility.pollinterval.IterativePollInterval;
import org.awaitility.pollinterval.PollInterval;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Sets how long a test waits for a condition that must come true, and how often it looks. The time
 * is the only limit of most waits, so that no test depends on the speed of the machine: a condition
 * that stays false fails the test a little later, and a machine that stalls for seconds fails none.
 * JUnit registers this extension for all tests.
 */
public final class GeneralLimit implements BeforeAllCallback {
    /** Longer than any stall of a busy machine, and shorter than the limit of a whole test. */
    public static final Duration LIMIT = Duration.ofSeconds(60);

    /** The same limit for methods that take a number of seconds. */
    public static final long SECONDS = LIMIT.toSeconds();

    /** The same limit for reads from a socket. */
    static final int MILLIS = (int) TimeUnit.SECONDS.toMillis(SECONDS);

    /** A condition is often true at once or soon, and a late one must not take a processor. */
    private static final PollInterval POLLS =
            IterativePollInterval.iterative(
                    last -> Collections.min(List.of(last.multipliedBy(2), Duration.ofMillis(100))),
                    Duration.ofMillis(5));

    @Override
    public void beforeAll(ExtensionContext context) {
        Awaitility.setDefaultTimeout(LIMIT);
        Awaitility.setDefaultPollDelay(Duration.ZERO);
        Awaitility.setDefaultPollInterval(POLLS);
    }
}
