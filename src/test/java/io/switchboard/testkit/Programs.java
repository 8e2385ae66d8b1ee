package io.switchboard.testkit;

import static org.assertj.core.api.Assertions.fail;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/** Checks for programs that tests run and that may be missing on the machine. */
public final class Programs {
    /**
     * If this environment variable is {@code true}, a missing program fails the test instead of
     * skipping it. The name has no prefix {@code SWITCHBOARD_}, because the service refuses unknown
     * keys.
     */
    private static final String REQUIRED = "REQUIRE_PROGRAMS";

    private Programs() {}

    /**
     * Skips or fails the calling test if {@code program} is not on the PATH.
     *
     * @param debianPackage the package that contains it
     */
    public static void require(String program, String debianPackage) {
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
     * Returns the path of a library for LD_PRELOAD; skips or fails the calling test if it is
     * missing.
     *
     * @param path the path below {@code /usr/lib/<architecture>}
     */
    public static Path library(String path, String debianPackage) throws IOException {
        try (Stream<Path> architectures = Files.list(Path.of("/usr/lib"))) {
            return architectures
                    .map(folder -> folder.resolve(path))
                    .filter(Files::isReadable)
                    .findFirst()
                    .orElseThrow(() -> missing(path, debianPackage));
        }
    }

    private static RuntimeException missing(String what, String debianPackage) {
        return absent(what + " is missing: apt-get install " + debianPackage);
    }

    /**
     * Fails if programs are required; otherwise prints the advice and returns the exception that
     * skips the calling test.
     *
     * @param advice what is missing and how to get it
     */
    public static RuntimeException absent(String advice) {
        if ("true".equals(System.getenv(REQUIRED))) {
            fail(advice);
        }
        System.out.println("skipped: " + advice);
        return new TestAbortedException(advice);
    }
}
