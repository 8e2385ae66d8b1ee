package io.switchboard.bench.hostile;

import io.switchboard.bench.contestant.Footprint;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The rows of all attacks as a Markdown table. */
final class HostileTable {
    private static final String HEAD =
            """
            | attack | server | achieved | p50, p99, max of the probe, ms | errors | health: max ms, failed | survived | heap, MB | descriptors | threads | back after, s |
            | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
            """;

    private HostileTable() {}

    static String of(List<HostileRow> rows) {
        return rows.stream().map(HostileTable::line).collect(Collectors.joining("\n", HEAD, "\n"));
    }

    private static String line(HostileRow row) {
        List<String> cells = new ArrayList<>();
        cells.add(row.attack().title());
        cells.add(row.server());
        cells.add(row.achieved());
        cells.add(latencies(row));
        cells.add(String.valueOf(row.errors()));
        cells.add(
                "%s, %d of %d"
                        .formatted(
                                number(row.healthMillis()),
                                row.healthFailures(),
                                row.healthChecks()));
        cells.add(row.survival().text());
        Footprint before = row.before();
        Footprint after = row.after();
        cells.add(change(before.heap(), after == null ? null : after.heap()));
        cells.add(change(before.descriptors(), after == null ? null : after.descriptors()));
        cells.add(change(before.threads(), after == null ? null : after.threads()));
        Double seconds = row.secondsToBaseline();
        cells.add(seconds == null ? "not within 10" : number(seconds));
        return "| " + String.join(" | ", cells) + " |";
    }

    private static String latencies(HostileRow row) {
        if (row.latencies().count() == 0) {
            return "–";
        }
        return "%s, %s, %s"
                .formatted(
                        number(row.latencies().percentile(50)),
                        number(row.latencies().percentile(99)),
                        number(row.latencies().percentile(100)));
    }

    private static String change(Number before, @Nullable Number after) {
        return after == null
                ? "%.0f → –".formatted(before.doubleValue())
                : "%.0f → %.0f".formatted(before.doubleValue(), after.doubleValue());
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value < 10 ? "%.1f" : "%,.0f", value);
    }
}
