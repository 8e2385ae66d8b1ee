package io.switchboard.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.SwitchboardApplication;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Builds the jar with which tests start the service in a separate JVM. The jar contains the main
 * classes only, because the component scan would find the classes of tests. An AOT cache, which the
 * container image has too, halves the start time. Both files are built once, by the first test that
 * needs them after the classes have changed. If the cache cannot be built, which happens on a
 * machine under heavy load, the service starts without it.
 *
 * <p>Thread-safe: the files are built in the static initializer. A file lock serialises several
 * JVMs that run tests at the same time.
 */
final class ServiceJar {
    private static final Logger log = LoggerFactory.getLogger(ServiceJar.class);
    private static final Path CLASSES = Path.of("target/classes");

    /** Files that every build writes again with the same content. */
    private static final Set<Path> SAME_IN_EVERY_BUILD =
            Set.of(
                    CLASSES.resolve("META-INF/build-info.properties"),
                    CLASSES.resolve("META-INF/sbom/application.cdx.json"));

    /** The libraries of the service, without those of tests; the build writes it. */
    private static final Path LIBRARIES = Path.of("target/service.classpath");

    private static final Path JAR = Path.of("target/service.jar");
    private static final Path CACHE = Path.of("target/service.aot");
    private static final Path LOCK = Path.of("target/service.lock");
    private static final Duration TRAINING = Duration.ofMinutes(5);
    private static final String CLASS_PATH = classPath();

    /** The option for the cache; empty if there is none. */
    private static final List<String> CACHED;

    static {
        try (FileChannel file =
                        FileChannel.open(
                                LOCK, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock _ = file.lock()) {
            if (!isUpToDate()) {
                make();
            }
            CACHED = Files.exists(CACHE) ? cached() : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ServiceJar() {}

    /** Returns the command that starts the service; arguments can be appended. */
    static List<String> command() {
        return command(CLASS_PATH, CACHED);
    }

    /** Returns the command that starts the service with more classes. */
    static List<String> command(Path classes) {
        return command(CLASS_PATH + File.pathSeparator + classes, CACHED);
    }

    private static List<String> command(String classPath, List<String> options) {
        List<String> command = new ArrayList<>(Child.jvm());
        command.addAll(options);
        command.addAll(List.of("-cp", classPath, SwitchboardApplication.class.getName()));
        return command;
    }

    private static String classPath() {
        try {
            return JAR + File.pathSeparator + Files.readString(LIBRARIES).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(
                    LIBRARIES + " is missing; ./mvnw process-test-classes writes it", e);
        }
    }

    /**
     * JDK 25 finds the code of adapters in the cache by a hash, and warns at each start if two
     * adapters of the classes in it have the same one.
     */
    private static List<String> cached() {
        return List.of(
                "-XX:+UnlockDiagnosticVMOptions",
                "-XX:-AOTAdapterCaching",
                "-XX:AOTCache=" + CACHE);
    }

    private static boolean isUpToDate() throws IOException {
        if (Files.notExists(JAR) || Files.notExists(CACHE)) {
            return false;
        }
        long made = Files.getLastModifiedTime(JAR).toMillis();
        if (Files.getLastModifiedTime(LIBRARIES).toMillis() >= made) {
            return false;
        }
        try (Stream<Path> files = Files.walk(CLASSES)) {
            return files.filter(file -> !SAME_IN_EVERY_BUILD.contains(file))
                    .allMatch(file -> file.toFile().lastModified() < made);
        }
    }

    private static void make() throws IOException {
        Files.deleteIfExists(CACHE);
        int status =
                ToolProvider.findFirst("jar")
                        .orElseThrow()
                        .run(
                                System.out,
                                System.err,
                                "cf",
                                JAR.toString(),
                                "-C",
                                CLASSES.toString(),
                                ".");
        assertThat(status).as("jar's status").isZero();
        try {
            train();
        } catch (AssertionError e) {
            Files.deleteIfExists(CACHE);
            log.warn("services start without an AOT cache", e);
        }
    }

    /** Builds the cache from a run of the service. Fails if that takes too long. */
    private static void train() throws IOException {
        List<String> command =
                new ArrayList<>(
                        command(
                                CLASS_PATH,
                                List.of(
                                        "-XX:AOTCacheOutput=" + CACHE,
                                        "-Xlog:aot=error",
                                        "-Dspring.context.exit=onRefresh")));
        command.add("--server.port=0");
        command.add("--switchboard.listeners.default.port=0");
        try (Child training = Child.startWithErrors(command.toArray(String[]::new))) {
            assertThat(training.awaitExit(TRAINING)).as(training.output()).isZero();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the AOT cache was built", e);
        }
    }
}
