package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The service as it is delivered, which processes of tests run: its classes in a jar, without the
 * tests' own, which its scan would find, and with the cache of the JVM that the image has as well,
 * which makes a start half as long. Both are made once, by the first test that needs them after the
 * classes have changed.
 *
 * <p>Thread-safe: the class's initialization is what makes them. Several JVMs that run tests at the
 * same time take turns by a lock on a file.
 */
final class ServiceJar {
    private static final Path CLASSES = Path.of("target/classes");

    /** The build writes these files in every run, with the same content. */
    private static final Set<Path> SAME_IN_EVERY_BUILD =
            Set.of(
                    CLASSES.resolve("META-INF/build-info.properties"),
                    CLASSES.resolve("META-INF/sbom/application.cdx.json"));

    private static final Path JAR = Path.of("target/service.jar");
    private static final Path CACHE = Path.of("target/service.aot");
    private static final Path LOCK = Path.of("target/service.lock");
    private static final String CLASS_PATH = classPath();

    static {
        try (FileChannel file =
                        FileChannel.open(
                                LOCK, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock _ = file.lock()) {
            if (!isUpToDate()) {
                make();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ServiceJar() {}

    /** What starts it; its arguments can follow. */
    static List<String> command() {
        return command("-XX:AOTCache=" + CACHE);
    }

    private static List<String> command(String... options) {
        List<String> command = new ArrayList<>(Child.jvm());
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", CLASS_PATH, SwitchboardApplication.class.getName()));
        return command;
    }

    private static String classPath() {
        Path classes = CLASSES.toAbsolutePath();
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> !entry.isEmpty() && !Path.of(entry).endsWith("test-classes"))
                .map(entry -> Path.of(entry).equals(classes) ? JAR.toString() : entry)
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static boolean isUpToDate() throws IOException {
        if (Files.notExists(JAR) || Files.notExists(CACHE)) {
            return false;
        }
        long made = Files.getLastModifiedTime(JAR).toMillis();
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
        List<String> command =
                new ArrayList<>(
                        command(
                                "-XX:AOTCacheOutput=" + CACHE,
                                "-Xlog:aot=error",
                                "-Dspring.context.exit=onRefresh"));
        command.add("--server.port=0");
        command.add("--switchboard.listeners.default.port=0");
        try (Child training = Child.startWithErrors(command.toArray(String[]::new))) {
            assertThat(training.awaitExit()).as(training.output()).isZero();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the service's cache was made", e);
        }
    }
}
