package io.switchboard.fuzz;

import java.util.Random;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/** A repeatable random seed: a failed test reports the {@code -Dchaos.seed} that repeats it. */
public final class Seed implements TestExecutionExceptionHandler {
    private final long value = Long.getLong("chaos.seed", System.nanoTime());

    /** Returns a new random generator with the seed of this test. */
    public Random random() {
        return new Random(value);
    }

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable cause) {
        throw new AssertionError("to repeat it: -Dchaos.seed=" + value, cause);
    }
}
