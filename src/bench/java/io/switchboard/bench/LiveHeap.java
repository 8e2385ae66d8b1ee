package io.switchboard.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is reachable in another JVM. */
final class LiveHeap {
    private static final Pattern TOTAL = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)\\s*$");

    private LiveHeap() {}

    /** Asked of {@code jcmd}, which has garbage collected first. */
    static double kilobytes(long pid) {
        String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        String histogram = output(List.of(jcmd, String.valueOf(pid), "GC.class_histogram"));
        Matcher found = TOTAL.matcher(histogram);
        if (!found.find()) {
            throw new Failed("jcmd gave no histogram: " + histogram);
        }
        return Double.parseDouble(found.group(1)) / 1024;
    }

    private static String output(List<String> command) {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), UTF_8);
            process.waitFor();
            return output;
        } catch (IOException e) {
            throw new Failed("cannot run " + command, e);
        } catch (InterruptedException e) {
            throw new Failed("interrupted", e);
        }
    }
}
