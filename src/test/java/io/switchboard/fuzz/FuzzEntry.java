package io.switchboard.fuzz;

import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The entry point for Jazzer, which calls these methods by name in a separate process. */
public final class FuzzEntry {
    private static @Nullable FuzzTarget target;

    private FuzzEntry() {}

    /**
     * Creates the target, and runs its seeds. They load and instrument its classes, which would
     * otherwise count as the time of the first input, and is half a minute on a busy machine.
     *
     * @param args the name of a {@link Fuzzed} constant
     */
    public static void fuzzerInitialize(String[] args) throws IOException {
        Fuzzed fuzzed = Fuzzed.valueOf(args[0]);
        FuzzTarget created = fuzzed.target();
        FuzzInputs.runAll(fuzzed.seeds(), created);
        target = created;
    }

    public static void fuzzerTestOneInput(byte[] bytes) throws Exception {
        Objects.requireNonNull(target).input(bytes);
    }

    /** Prints how often each case was reached, one line per case, for {@link FuzzIT}. */
    public static void fuzzerTearDown() {
        Objects.requireNonNull(target)
                .reached()
                .forEach((name, count) -> System.out.println("reached " + name + " " + count));
    }
}
