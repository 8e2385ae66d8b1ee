package io.switchboard.bench.contestant;

import io.switchboard.bench.BenchException;
import io.switchboard.bench.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The service as in the container image of the Dockerfile: an extracted jar with an AOT cache. */
public final class AotImage {
    private static final Duration STEP_TIMEOUT = Duration.ofMinutes(2);
    private static final String IMAGE_HEAP = "-XX:MaxRAMPercentage=75";

    private final Path jar;
    private final Path cache;

    private AotImage(Path jar, Path cache) {
        this.jar = jar;
        this.cache = cache;
    }

    /**
     * Extracts the packaged jar and creates its AOT cache.
     *
     * @param packaged the jar to extract
     * @param directory the target, relative to {@link Settings#output}
     */
    public static AotImage create(Settings settings, Path packaged, String directory) {
        Path target = settings.output().resolve(directory);
        Path jar = target.resolve(packaged.getFileName());
        Path cache = target.resolve("switchboard.aot");
        Path log = settings.output().resolve("image.log");
        run(
                List.of(
                        java(),
                        "-Djarmode=tools",
                        "-jar",
                        packaged.toString(),
                        "extract",
                        "--force",
                        "--destination",
                        target.toString()),
                log);
        run(
                command(
                        IMAGE_HEAP,
                        "-XX:AOTCacheOutput=" + cache,
                        "-Xlog:aot=error",
                        "-Dspring.context.exit=onRefresh",
                        "-Dserver.port=" + ServerProcess.freePort(),
                        "-Dswitchboard.listeners.default.port=" + ServerProcess.freePort(),
                        "-jar",
                        jar.toString()),
                log);
        if (!Files.exists(cache)) {
            throw new BenchException("the JVM created no AOT cache: see " + log);
        }
        return new AotImage(jar, cache);
    }

    private static void run(List<String> command, Path log) {
        ServerProcess process = ServerProcess.start(command, log);
        boolean exited = process.awaitExit(STEP_TIMEOUT);
        process.stop();
        if (!exited) {
            throw new BenchException(
                    "did not exit within "
                            + STEP_TIMEOUT.toMinutes()
                            + " min: "
                            + String.join(" ", command));
        }
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** Returns a java command with the JVM options of the image, followed by {@code arguments}. */
    static List<String> command(String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(java());
        command.add("-XX:+UseCompactObjectHeaders");
        command.add("-XX:+ExitOnOutOfMemoryError");
        command.add("-XX:TrimNativeHeapInterval=5000");
        command.add("--enable-native-access=ALL-UNNAMED");
        command.addAll(List.of(arguments));
        return command;
    }

    /** Returns the command with which the image starts the service. */
    public List<String> imageCommand() {
        return command(IMAGE_HEAP, "-XX:AOTCache=" + cache, "-jar", jar.toString());
    }

    /** Returns a command with the AOT cache and a heap limit, which protects the machine. */
    public List<String> boundedCommand() {
        return boundedCommand("-Xmx512m");
    }

    /**
     * Returns a command with the AOT cache.
     *
     * @param heap the option that limits the heap
     */
    public List<String> boundedCommand(String heap) {
        return command(heap, "-XX:AOTCache=" + cache, "-jar", jar.toString());
    }

    /** Returns a command with a heap limit and without the AOT cache. */
    public List<String> boundedCommandWithoutCache() {
        return command("-Xmx512m", "-jar", jar.toString());
    }
}
