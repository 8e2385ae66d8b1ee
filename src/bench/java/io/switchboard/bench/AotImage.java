package io.switchboard.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The service laid out and started as in the Dockerfile: unpacked, with an AOT cache. */
final class AotImage {
    private static final Duration LONGEST = Duration.ofMinutes(2);
    private static final String AS_IN_THE_IMAGE = "-XX:MaxRAMPercentage=75";

    private final Path jar;
    private final Path cache;

    private AotImage(Path jar, Path cache) {
        this.jar = jar;
        this.cache = cache;
    }

    /**
     * @param packaged the jar
     * @param directory where to lay it out, below the output
     */
    static AotImage make(Settings settings, Path packaged, String directory) {
        Path place = settings.output().resolve(directory);
        Path jar = place.resolve(packaged.getFileName());
        Path cache = place.resolve("switchboard.aot");
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
                        place.toString()),
                log);
        run(
                options(
                        AS_IN_THE_IMAGE,
                        "-XX:AOTCacheOutput=" + cache,
                        "-Xlog:aot=error",
                        "-Dspring.context.exit=onRefresh",
                        "-Dserver.port=" + ServerProcess.freePort(),
                        "-Dswitchboard.listeners.default.port=" + ServerProcess.freePort(),
                        "-jar",
                        jar.toString()),
                log);
        if (!Files.exists(cache)) {
            throw new Failed("the JVM made no AOT cache: see " + log);
        }
        return new AotImage(jar, cache);
    }

    private static void run(List<String> command, Path log) {
        ServerProcess process = ServerProcess.start(command, log);
        boolean ended = process.awaitEnd(LONGEST);
        process.stop();
        if (!ended) {
            throw new Failed("does not end: " + String.join(" ", command));
        }
    }

    static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** A java command with the image's flags in front of these. */
    static List<String> options(String... more) {
        List<String> command = new ArrayList<>();
        command.add(java());
        command.add("-XX:+UseCompactObjectHeaders");
        command.add("-XX:+ExitOnOutOfMemoryError");
        command.add("-XX:TrimNativeHeapInterval=5000");
        command.add("--enable-native-access=ALL-UNNAMED");
        command.addAll(List.of(more));
        return command;
    }

    /** As the image starts it. */
    List<String> launch() {
        return options(AS_IN_THE_IMAGE, "-XX:AOTCache=" + cache, "-jar", jar.toString());
    }

    List<String> launchBounded() {
        return options("-Xmx512m", "-XX:AOTCache=" + cache, "-jar", jar.toString());
    }

    List<String> launchBoundedWithoutCache() {
        return options("-Xmx512m", "-jar", jar.toString());
    }
}
