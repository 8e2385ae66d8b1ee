package io.switchboard;

import static org.assertj.core.api.Assertions.fail;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/** Programs that the tests run and the machine may lack. */
final class Programs {
    /**
     * Where this environment variable is {@code true}, a missing program fails its test instead of
     * skipping it. Not under {@code SWITCHBOARD_}: the service refuses a key that it does not know.
     */
    private static final String REQUIRED = "REQUIRE_PROGRAMS";

    private Programs() {}

    /**
     * Skips, or fails, the test that calls it where {@code program} is not on the PATH.
     *
     * @param debianPackage that has it
     */
    static void require(String program, String debianPackage) {
        Optional<Path> found =
                Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                        .map(folder -> Path.of(folder, program))
                        .filter(Files::isExecutable)
                        .findFirst();
        if (found.isEmpty()) {
            throw missing(program, debianPackage);
        }
    }

    /**
     * Where Debian has put a library that is preloaded; skips, or fails, the test where it has not.
     *
     * @param path in the folder of an architecture's libraries
     */
    static Path library(String path, String debianPackage) throws IOException {
        try (Stream<Path> architectures = Files.list(Path.of("/usr/lib"))) {
            return architectures
                    .map(folder -> folder.resolve(path))
                    .filter(Files::isReadable)
                    .findFirst()
                    .orElseThrow(() -> missing(path, debianPackage));
        }
    }

    private static RuntimeException missing(String what, String debianPackage) {
        String advice = what + " is missing: apt-get install " + debianPackage;
        if ("true".equals(System.getenv(REQUIRED))) {
            fail(advice);
        }
        System.out.println("skipped: " + advice);
        return new TestAbortedException(advice);
    }
}
