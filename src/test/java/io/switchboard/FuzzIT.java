package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.web.JsonFuzz;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Jazzer looks for bytes that break a promise, a minute for each of {@link Fuzzed}, or {@code
 * -Dfuzz.seconds}. What it has learned stays in {@code target/fuzz}, and the next run begins there;
 * it is tried without Jazzer's hooks as well.
 */
@Tag("system")
@Tag("beside")
@Timeout(value = 1, unit = TimeUnit.HOURS)
class FuzzIT {
    private static final int SECONDS = Integer.getInteger("fuzz.seconds", 60);
    private static final Duration START_AND_STOP = Duration.ofSeconds(90);

    /** An input that takes so many seconds is one that breaks something. */
    private static final int SLOWEST_SECONDS = 5;

    /** More than small machines have processors: one uses none of them well while it starts. */
    private static final int AT_A_TIME = 3;

    private static final int LEAST_RUNS_PER_SECOND = 100;
    private static final int LEAST_REACHED = 10;

    /** Jazzer reads every jar that it is given, twice: those are left out that no target needs. */
    private static final Pattern NEEDED =
            Pattern.compile(
                    "/target/|/(classmate|commons-logging|hibernate-validator|jackson|jakarta"
                            + "|jazzer|jboss-logging|jspecify|logback|micrometer|netty|slf4j"
                            + "|spring|tls-channel|tomcat)[^/]*$");

    private static final Pattern DONE = Pattern.compile("(?m)^Done (\\d+) runs in");
    private static final Pattern REACHED = Pattern.compile("(?m)^reached (\\S+) (\\d+)$");

    /** What came of one target. */
    record Run(int exit, String output) {}

    private static final ExecutorService TURNS = Executors.newFixedThreadPool(AT_A_TIME);
    private static final Map<Fuzzed, Future<Run>> RUNS = new EnumMap<>(Fuzzed.class);

    @BeforeAll
    static void startAll() {
        for (Fuzzed fuzzed : Fuzzed.values()) {
            RUNS.put(fuzzed, TURNS.submit(() -> run(fuzzed)));
        }
    }

    @AfterAll
    static void stopAll() {
        TURNS.shutdownNow();
    }

    @ParameterizedTest
    @EnumSource
    void nothingBreaksAPromise(Fuzzed fuzzed) throws Exception {
        Run run = Objects.requireNonNull(RUNS.get(fuzzed)).get();
        assertThat(run.exit())
                .as(
                        "%s: what broke it is in %s; copy it to %s, where FuzzSeedsTest tries it in"
                                + " every build. Jazzer said:%n%s",
                        fuzzed.word(), findings(fuzzed), fuzzed.seeds(), run.output())
                .isZero();
        assertThat(runs(run.output()))
                .as("runs; it said: %s", run.output())
                .isGreaterThan((long) LEAST_RUNS_PER_SECOND * SECONDS);
        assertThat(reached(run.output()))
                .as("cases reached; it said: %s", run.output())
                .containsExactlyInAnyOrderElementsOf(fuzzed.target().reached().keySet());
        FuzzInputs.tryAll(learned(fuzzed), fuzzed.target());
    }

    private static Run run(Fuzzed fuzzed) throws IOException, InterruptedException {
        Path learned = Files.createDirectories(learned(fuzzed));
        Files.createDirectories(findings(fuzzed));
        try (Child jazzer = Child.startWithErrors(command(fuzzed, learned))) {
            int exit = jazzer.awaitExit(START_AND_STOP.plusSeconds(SECONDS));
            return new Run(exit, jazzer.output());
        }
    }

    private static Path learned(Fuzzed fuzzed) {
        return Path.of("target/fuzz", fuzzed.word());
    }

    private static Path findings(Fuzzed fuzzed) {
        return Path.of("target/fuzz-findings", fuzzed.word());
    }

    private static long runs(String output) {
        Matcher done = DONE.matcher(output);
        return done.find() ? Long.parseLong(done.group(1)) : 0;
    }

    private static List<String> reached(String output) {
        return REACHED.matcher(output)
                .results()
                .filter(each -> Long.parseLong(each.group(2)) >= LEAST_REACHED)
                .map(each -> each.group(1))
                .toList();
    }

    private static String classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> NEEDED.matcher(entry).find())
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static String[] command(Fuzzed fuzzed, Path learned) {
        return new String[] {
            // others are timed beside it
            "nice",
            "-n",
            "19",
            Path.of(System.getProperty("java.home"), "bin/java").toString(),
            "-Xmx256m",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:+EnableDynamicAgentLoading",
            "-D" + JsonFuzz.HOOKS + "=true",
            "-cp",
            classPath(),
            "com.code_intelligence.jazzer.Jazzer",
            "--target_class=" + FuzzEntry.class.getName(),
            "--target_args=" + fuzzed.name(),
            "--instrumentation_includes=io.switchboard.**",
            "--custom_hook_includes=io.switchboard.**",
            "--disabled_hooks=*",
            "--reproducer_path=" + findings(fuzzed),
            "-artifact_prefix=" + findings(fuzzed) + "/",
            "-max_total_time=" + SECONDS,
            "-timeout=" + SLOWEST_SECONDS,
            "-print_final_stats=1",
            learned.toString(),
            fuzzed.seeds().toString()
        };
    }
}
