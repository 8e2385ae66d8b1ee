package io.switchboard.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a run does, from system properties named {@code bench.*}; an empty one counts as not given.
 *
 * @param quick a run to see that everything works: its figures are not to be quoted
 * @param only the scenarios to run; empty for all
 * @param rivals which of {@code node} and {@code python} to run, where they are installed
 * @param rounds how often each measurement is repeated, contestants taking turns
 * @param few peers in the smaller scenarios
 * @param many peers in the larger ones
 * @param measured how long one measurement takes
 * @param warmUp load before the first measurement of a kind, for every contestant alike: a JVM's
 *     first seconds measure its compiler
 * @param warmUpAtRate the same before load at a fixed rate, under which compiling takes longer
 * @param rate messages a second of the load at a fixed rate
 * @param jar the packaged service
 * @param baseline the packaged service of another commit, which takes turns with {@code jar}; null
 *     for none
 * @param sources where the rivals' sources are
 * @param output where to write
 */
record Settings(
        boolean quick,
        Set<String> only,
        List<String> rivals,
        int rounds,
        int few,
        int many,
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

    private static String text(String name, String otherwise) {
        String given = System.getProperty("bench." + name, "");
        return given.isEmpty() ? otherwise : given;
    }

    private static List<String> list(String name, String otherwise) {
        return Arrays.stream(text(name, otherwise).split(","))
                .map(String::strip)
                .filter(part -> !part.isEmpty())
                .toList();
    }

    private static Duration seconds(String name, String otherwise) {
        return Duration.ofMillis((long) (Double.parseDouble(text(name, otherwise)) * 1000));
    }
}
