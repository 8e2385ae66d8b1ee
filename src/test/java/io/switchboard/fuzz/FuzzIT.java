package io.switchboard.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.http.JsonFuzz;
import io.switchboard.testkit.Child;
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
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Runs Jazzer to find inputs that violate an invariant, for a minute or {@code -Dfuzz.seconds} per
 * {@link Fuzzed} target, and longer on a machine that is too busy for a sufficient number of
 * inputs. Its corpus stays in {@code target/fuzz}, where the next run continues. The test also runs
 * every input of the corpus without Jazzer's hooks.
 */
@Order(1) // it takes longest of those that run in parallel
@Tag("system")
@Tag("beside")
@Timeout(value = 1, unit = TimeUnit.HOURS)
public class FuzzIT {
    private static final int SECONDS = Integer.getInteger("fuzz.seconds", 60);
    private static final Duration START_AND_STOP = Duration.ofMinutes(5);

    /** An input that takes longer is a finding; a machine with much work may pause for seconds. */
    private static final int INPUT_TIMEOUT_SECONDS = 30;

    /**
     * More processes than a small machine has processors, because a start does not use one fully.
     */
    private static final int PARALLEL = 3;

    /** The number of inputs of each target, however slow the machine is. */
    private static final int MIN_RUNS = 600;

    private static final int MIN_REACHED = 1;

    /**
     * Jazzer reads every jar of the class path twice, so the jars that no target of framings needs
     * are omitted.
     */
    private static final String OF_FRAMINGS =
            "jackson-(annotations|core|databind)|jazzer|jspecify|re2j|slf4j-api";

    /** The jars that the targets of requests, listeners and the PROXY header need. */
    private static final String OF_OTHERS =
            "classmate|commons-logging|hibernate-validator|jackson|jakarta"
                    + "|httpclient5|httpcore5|jazzer|jboss-logging|jspecify|logback|micrometer|netty"
                    + "|re2j|slf4j|spring|tls-channel|tomcat";

    private static final Pattern DONE = Pattern.compile("(?m)^Done (\\d+) runs in");
    private static final Pattern REACHED = Pattern.compile("(?m)^reached (.+) (\\d+)$");

    /** The result of one Jazzer process. */
    record Run(int exit, String output) {}

    private static ExecutorService executor;
    private static final Map<Fuzzed, Future<Run>> RUNS = new EnumMap<>(Fuzzed.class);

    @BeforeAll
    static void startAll() {
        executor = Executors.newFixedThreadPool(PARALLEL);
        for (Fuzzed fuzzed : Fuzzed.values()) {
            RUNS.put(fuzzed, executor.submit(() -> run(fuzzed)));
        }
    }

    @AfterAll
    static void stopAll() {
        executor.shutdownNow();
    }

    @ParameterizedTest
    @EnumSource
    void noInputViolatesAnInvariant(Fuzzed fuzzed) throws Exception {
        Run run = Objects.requireNonNull(RUNS.get(fuzzed)).get();
        assertThat(run.exit())
                .as(
                        "%s: the failing input is in %s; copy it to %s, where FuzzSeedsTest runs it"
                                + " in every build. Output of Jazzer:%n%s",
                        fuzzed.word(), findings(fuzzed), fuzzed.seeds(), run.output())
                .isZero();
        assertThat(runs(run.output()))
                .as("number of runs; output: %s", run.output())
                .isGreaterThanOrEqualTo(MIN_RUNS);
        assertThat(reached(run.output()))
                .as("cases reached; output: %s", run.output())
                .containsExactlyInAnyOrderElementsOf(fuzzed.target().reached().keySet());
        FuzzInputs.runAll(corpus(fuzzed), fuzzed.target());
    }

    private static Run run(Fuzzed fuzzed) throws IOException, InterruptedException {
        Files.createDirectories(corpus(fuzzed));
        Files.createDirectories(findings(fuzzed));
        Run timed = run(fuzzed, "-max_total_time=" + SECONDS);
        if (timed.exit() != 0 || runs(timed.output()) >= MIN_RUNS) {
            return timed;
        }
        Run counted = run(fuzzed, "-runs=" + MIN_RUNS);
        return new Run(counted.exit(), timed.output() + counted.output());
    }

    private static Run run(Fuzzed fuzzed, String limit) throws IOException, InterruptedException {
        try (Child jazzer = Child.startWithErrors(command(fuzzed, limit))) {
            int exit = jazzer.awaitExit(START_AND_STOP.plusSeconds(SECONDS));
            return new Run(exit, jazzer.output());
        }
    }

    private static Path corpus(Fuzzed fuzzed) {
        return Path.of("target/fuzz", fuzzed.word());
    }

    private static Path findings(Fuzzed fuzzed) {
        return Path.of("target/fuzz-findings", fuzzed.word());
    }

    /** Returns the number of runs of all processes that have this output. */
    private static long runs(String output) {
        return DONE.matcher(output)
                .results()
                .mapToLong(each -> Long.parseLong(each.group(1)))
                .sum();
    }

    private static List<String> reached(String output) {
        return REACHED.matcher(output)
                .results()
                .filter(each -> Long.parseLong(each.group(2)) >= MIN_REACHED)
                .map(each -> each.group(1))
                .distinct()
                .toList();
    }

    private static String classPath(Fuzzed fuzzed) {
        Pattern needed =
                Pattern.compile(
                        "/target/|/(%s)[^/]*$"
                                .formatted(fuzzed.isFraming() ? OF_FRAMINGS : OF_OTHERS));
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> needed.matcher(entry).find())
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static String[] command(Fuzzed fuzzed, String limit) {
        return new String[] {
            // low priority: other tests run at the same time and measure times
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
            classPath(fuzzed),
            "com.code_intelligence.jazzer.Jazzer",
            "--target_class=" + FuzzEntry.class.getName(),
            "--target_args=" + fuzzed.name(),
            "--instrumentation_includes=io.switchboard.**",
            "--custom_hook_includes=io.switchboard.**",
            "--disabled_hooks=*",
            "--reproducer_path=" + findings(fuzzed),
            "-artifact_prefix=" + findings(fuzzed) + "/",
            limit,
            "-timeout=" + INPUT_TIMEOUT_SECONDS,
            "-print_final_stats=1",
            corpus(fuzzed).toString(),
            fuzzed.seeds().toString()
        };
    }
}
