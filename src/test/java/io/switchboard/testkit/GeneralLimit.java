package io.switchboard.testkit;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Sets how long a test waits for a condition that must come true. It is the only limit of most
 * waits, so that no test depends on the speed of the machine: a condition that stays false fails
 * the test a little later, and a machine that stalls for seconds fails none. JUnit registers this
 * extension for all tests.
 */
public final class GeneralLimit implements BeforeAllCallback {
    /** Longer than any stall of a busy machine, and shorter than the limit of a whole test. */
    public static final Duration LIMIT = Duration.ofSeconds(60);

    /** The same limit for methods that take a number of seconds. */
    public static final long SECONDS = LIMIT.toSeconds();

    /** The same limit for reads from a socket. */
    static final int MILLIS = (int) TimeUnit.SECONDS.toMillis(SECONDS);

    @Override
    public void beforeAll(ExtensionContext context) {
        Awaitility.setDefaultTimeout(LIMIT);
    }
}
