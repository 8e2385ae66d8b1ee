package io.switchboard.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Runs the inputs of a fuzz target, which are stored in one file each. */
public final class FuzzInputs {
    private FuzzInputs() {}

    /**
     * Runs all inputs in this folder, in the order of their names.
     *
     * @throws AssertionError if an input violates an invariant; the message names the file
     */
    public static void runAll(Path folder, FuzzTarget target) throws IOException {
        for (Path file : files(folder)) {
            byte[] bytes = Files.readAllBytes(file);
            try {
                target.input(bytes);
            } catch (Exception | AssertionError e) {
                throw new AssertionError(file + ": " + e.getMessage(), e);
            }
        }
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }
}
