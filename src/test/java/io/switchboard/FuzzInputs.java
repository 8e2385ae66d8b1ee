package io.switchboard;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Inputs of a fuzz target, a file each. */
final class FuzzInputs {
    private FuzzInputs() {}

    /**
     * Tries all in this folder, in the order of their names.
     *
     * @throws AssertionError one breaks a promise; the message says which
     */
    static void tryAll(Path folder, FuzzTarget target) throws IOException {
        for (Path file : in(folder)) {
            byte[] bytes = Files.readAllBytes(file);
            try {
                target.input(bytes);
            } catch (Exception | AssertionError e) {
                throw new AssertionError(file + ": " + e.getMessage(), e);
            }
        }
    }

    private static List<Path> in(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }
}
