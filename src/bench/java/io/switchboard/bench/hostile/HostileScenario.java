package io.switchboard.bench.hostile;

import io.switchboard.bench.BenchException;
import io.switchboard.bench.Scenario;
import io.switchboard.bench.ScenarioContext;
import io.switchboard.bench.attack.Attack;
import io.switchboard.bench.contestant.AotImage;
import io.switchboard.bench.hostile.HostileRow.Survival;
import io.switchboard.bench.report.Measure;
import io.switchboard.bench.report.Results;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Attacks on servers with a heap of 256 MB, one attack on each process. A table in {@code
 * hostile.md} has all figures; the report has the p99 of the probe.
 */
public final class HostileScenario implements Scenario {
    /** The p99 that the service promises under attack. */
    private static final int PROMISED_MILLIS = 50;

    private final Map<String, AotImage> images;

    /** Creates the scenario; {@code images} has the image of each Switchboard server. */
    public HostileScenario(Map<String, AotImage> images) {
        this.images = images;
    }

    @Override
    public String name() {
        return "hostile";
    }

    @Override
    public boolean needsContestants() {
        return false;
    }

    @Override
    public boolean needsImages() {
        return true;
    }

    @Override
    public void run(ScenarioContext context) {
        AttackedServers servers = new AttackedServers(context.settings(), images);
        List<HostileRow> rows = new ArrayList<>();
        for (Attack attack : selected(context.settings().attacks())) {
            for (String name : servers.names(attack)) {
                context.progress("%s: %s".formatted(attack.title(), name));
                HostileRow row =
                        new HostileRun(
                                        context.settings(),
                                        attack,
                                        servers.create(name, attack.setup()))
                                .run();
                rows.add(row);
                add(context.results(), row);
            }
        }
        addSums(context.results(), rows);
        write(context, HostileTable.of(rows));
    }

    private static List<Attack> selected(Set<String> keys) {
        List<String> known = Arrays.stream(Attack.values()).map(Attack::key).toList();
        if (!known.containsAll(keys)) {
            throw new BenchException(
                    "-Dbench.attacks=%s contains an unknown attack; valid names: %s"
                            .formatted(String.join(",", keys), String.join(", ", known)));
        }
        return Arrays.stream(Attack.values())
                .filter(attack -> keys.isEmpty() || keys.contains(attack.key()))
                .toList();
    }

    private static void add(Results results, HostileRow row) {
        String key = "hostile." + row.attack().key();
        String title = row.attack().title();
        if (row.survival() == Survival.YES && row.latencies().count() > 0) {
            results.add(
                    Measure.less(key, title + ": probe p99", "ms"),
                    row.server(),
                    row.latencies().percentile(99));
        }
        Double answers = row.answersPerSecond();
        if (answers != null) {
            results.add(
                    Measure.more(key + ".answers", title + ": answers", "/s"),
                    row.server(),
                    answers);
        }
        int[] slow = row.latencies().above(PROMISED_MILLIS);
        if (slow.length > 0) {
            results.note(
                    "%s: %s: %d of %d answers took more than %d ms, to questions due from %.2f to %.2f s"
                            .formatted(
                                    title,
                                    row.server(),
                                    slow.length,
                                    row.latencies().count(),
                                    PROMISED_MILLIS,
                                    slow[0] / (double) Probe.PER_SECOND,
                                    slow[slow.length - 1] / (double) Probe.PER_SECOND));
        }
        if (row.errors() > 0) {
            results.note(
                    "%s: %s: %d questions of the probe failed, the first with %s"
                            .formatted(title, row.server(), row.errors(), row.firstError()));
        }
    }

    private static void addSums(Results results, List<HostileRow> rows) {
        add(
                results,
                rows,
                "died",
                "attacks that ended a server",
                row -> row.survival() != Survival.YES);
        add(
                results,
                rows,
                "silent",
                "attacks with failed health checks",
                row -> row.healthFailures() > 0);
        add(
                results,
                rows,
                "errors",
                "attacks with failed questions of the probe",
                row -> row.errors() > 0);
        add(
                results,
                rows,
                "kept",
                "attacks after which a server is not at its baseline within 10 s",
                row -> row.secondsToBaseline() == null);
    }

    private static void add(
            Results results,
            List<HostileRow> rows,
            String key,
            String title,
            Predicate<HostileRow> failed) {
        Map<String, Long> counts = new LinkedHashMap<>();
        rows.forEach(row -> counts.merge(row.server(), failed.test(row) ? 1L : 0L, Long::sum));
        counts.forEach(
                (server, count) ->
                        results.add(Measure.less("hostile.sum." + key, title, ""), server, count));
    }

    private static void write(ScenarioContext context, String table) {
        try {
            Files.writeString(context.settings().output().resolve("hostile.md"), table);
        } catch (IOException e) {
            throw new BenchException("cannot write hostile.md", e);
        }
        System.out.println(table);
        context.results().note("hostile: one run of each attack; all figures are in hostile.md");
    }
}
