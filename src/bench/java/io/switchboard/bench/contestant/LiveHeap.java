package io.switchboard.bench.contestant;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.bench.BenchException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The size of the reachable objects in another JVM. */
public final class LiveHeap {
    private static final Pattern TOTAL = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)\\s*$");

    /** A JVM that does not answer must not stop the run. */
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    private LiveHeap() {}

    /** Returns the total of the class histogram of {@code jcmd}, which first collects garbage. */
    public static double kilobytes(long pid) {
        String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        String histogram = output(List.of(jcmd, String.valueOf(pid), "GC.class_histogram"));
        Matcher found = TOTAL.matcher(histogram);
        if (!found.find()) {
            throw new BenchException("jcmd printed no class histogram: " + histogram);
        }
        return Double.parseDouble(found.group(1)) / 1024;
    }

    private static String output(List<String> command) {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            process.onExit()
                    .orTimeout(TIMEOUT.toSeconds(), TimeUnit.SECONDS)
                    .exceptionally(
                            _ -> {
                                process.destroyForcibly();
                                return process;
                            });
            String output = new String(process.getInputStream().readAllBytes(), UTF_8);
            process.waitFor();
            return output;
        } catch (IOException e) {
            throw new BenchException("cannot run " + command, e);
        } catch (InterruptedException e) {
            throw new BenchException("interrupted", e);
        }
    }
}
