package io.switchboard.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a run, from the system properties {@code bench.*}. An empty property counts as
 * absent.
 *
 * @param quick whether the run only checks that everything works: its figures are not to be quoted
 * @param only the scenarios to run; empty for all
 * @param attacks the attacks of the scenario {@code hostile}; empty for all
 * @param rivals which of {@code node} and {@code python} to run; one that is not installed is left
 *     out
 * @param rounds number of repetitions of each measurement; in each round, the contestants take
 *     turns
 * @param fewPeers number of peers in the smaller scenarios
 * @param manyPeers number of peers in the larger ones
 * @param measured duration of one measurement
 * @param warmUp duration of the load before the first measurement of a kind, equal for all
 *     contestants: without it, the figures of a JVM would include the JIT compilation of its first
 *     seconds
 * @param warmUpAtRate duration of the warm-up before load at a fixed rate, under which JIT
 *     compilation takes longer
 * @param rate messages per second of the load at a fixed rate
 * @param jar the packaged service
 * @param baseline the packaged service of another commit, which takes turns with {@code jar}; null
 *     if there is none
 * @param sources directory of the rivals' sources
 * @param output directory for the report and the log files
 */
public record Settings(
        boolean quick,
        Set<String> only,
        Set<String> attacks,
        List<String> rivals,
        int rounds,
        int fewPeers,
        int manyPeers,
        Duration measured,
        Duration warmUp,
        Duration warmUpAtRate,
        int rate,
        Path jar,
        @Nullable Path baseline,
        Path sources,
        Path output) {

    static Settings read() {
        boolean quick = Boolean.parseBoolean(text("quick", "false"));
        String baseline = text("baseline", "");
        List<String> peers = list("peers", "1000,10000");
        return new Settings(
                quick,
                new TreeSet<>(list("only", "")),
                new TreeSet<>(list("attacks", "")),
                list("rivals", "node,python"),
                Integer.parseInt(text("rounds", quick ? "1" : "3")),
                Integer.parseInt(peers.getFirst()),
                Integer.parseInt(peers.getLast()),
                seconds("seconds", quick ? "1" : "4"),
                seconds("warmup", quick ? "3" : "20"),
                seconds("warmup.rate", quick ? "5" : "60"),
                Integer.parseInt(text("rate", "3000")),
                Path.of(text("jar", "target/switchboard.jar")),
                baseline.isEmpty() ? null : Path.of(baseline),
                Path.of(text("sources", "src/bench")),
                Path.of(text("output", "target/bench")));
    }

    private static String text(String name, String defaultValue) {
        String value = System.getProperty("bench." + name, "");
        return value.isEmpty() ? defaultValue : value;
    }

    private static List<String> list(String name, String defaultValue) {
        return Arrays.stream(text(name, defaultValue).split(","))
                .map(String::strip)
                .filter(part -> !part.isEmpty())
                .toList();
    }

    private static Duration seconds(String name, String defaultValue) {
        return Duration.ofMillis((long) (Double.parseDouble(text(name, defaultValue)) * 1000));
    }
}
