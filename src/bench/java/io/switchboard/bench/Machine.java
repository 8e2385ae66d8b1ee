package io.switchboard.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What it all ran on: figures without it mean nothing.
 *
 * @param node its version; empty where it is not installed
 * @param python the same
 */
record Machine(
        int cores,
        String processor,
        String memory,
        String kernel,
        String java,
        String node,
        String python) {

    static Machine look() {
        return new Machine(
                Runtime.getRuntime().availableProcessors(),
                line("/proc/cpuinfo", "model name"),
                line("/proc/meminfo", "MemTotal"),
                System.getProperty("os.name") + " " + System.getProperty("os.version"),
                System.getProperty("java.vendor") + " " + Runtime.version(),
                version(Script.NODE).orElse(""),
                version(Script.PYTHON).orElse(""));
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

    /** Empty where there is no such program. */
    static Optional<String> version(String rival) {
        try {
            Process process =
                    new ProcessBuilder(Script.interpreter(rival), "--version")
                            .redirectErrorStream(true)
                            .start();
            String output = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
            return process.waitFor() == 0 ? Optional.of(output) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            throw new Failed("interrupted", e);
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
