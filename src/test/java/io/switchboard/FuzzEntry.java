package io.switchboard;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What Jazzer calls in a process of its own, by these names. */
public final class FuzzEntry {
    private static @Nullable FuzzTarget target;

    private FuzzEntry() {}

    /**
     * Makes the target.
     *
     * @param args the name of one of {@link Fuzzed}
     */
    public static void fuzzerInitialize(String[] args) {
        target = Fuzzed.valueOf(args[0]).target();
    }

    public static void fuzzerTestOneInput(byte[] bytes) throws Exception {
        Objects.requireNonNull(target).input(bytes);
    }

    /** Says what was reached, a line a case, for {@link FuzzIT}. */
    public static void fuzzerTearDown() {
        Objects.requireNonNull(target)
                .reached()
                .forEach((what, count) -> System.out.println("reached " + what + " " + count));
    }
}
