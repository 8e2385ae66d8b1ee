package io.switchboard.bench.report;

import io.switchboard.bench.contestant.ScriptServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The hardware and software of the run, without which its figures mean nothing.
 *
 * @param node version of Node.js; empty if it is not installed
 * @param python version of Python; empty if it is not installed
 */
public record Machine(
        int cores,
        String processor,
        String memory,
        String kernel,
        String java,
        String node,
        String python) {

    public static Machine detect() {
        return new Machine(
                Runtime.getRuntime().availableProcessors(),
                line("/proc/cpuinfo", "model name"),
                line("/proc/meminfo", "MemTotal"),
                System.getProperty("os.name") + " " + System.getProperty("os.version"),
                System.getProperty("java.vendor") + " " + Runtime.version(),
                ScriptServer.version(ScriptServer.NODE).orElse(""),
                ScriptServer.version(ScriptServer.PYTHON).orElse(""));
    }

    private static String line(String file, String name) {
        Pattern pattern = Pattern.compile("(?m)^" + name + "\\s*:\\s*(.*)$");
        try {
            Matcher found = pattern.matcher(Files.readString(Path.of(file)));
            return found.find() ? found.group(1).strip() : "";
        } catch (IOException e) {
            return "";
        }
    }

    @Override
    public String toString() {
        return "%d cores of %s, %s, %s; %s; node %s; %s; the generator takes one core"
                .formatted(
                        cores,
                        processor.isEmpty() ? "?" : processor,
                        memory,
                        kernel,
                        java,
                        node.isEmpty() ? "–" : node,
                        python.isEmpty() ? "python –" : python);
    }
}
