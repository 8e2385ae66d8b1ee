package io.switchboard;

import java.util.Random;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/** Chance that can be repeated: a test that fails says with which {@code -Dchaos.seed} it did. */
final class Seed implements TestExecutionExceptionHandler {
    private final long value = Long.getLong("chaos.seed", System.nanoTime());

    /** The same numbers each time it is called. */
    Random random() {
        return new Random(value);
    }

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable cause) {
        throw new AssertionError("to repeat it: -Dchaos.seed=" + value, cause);
    }
}
