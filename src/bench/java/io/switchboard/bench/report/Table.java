package io.switchboard.bench.report;

import io.switchboard.bench.contestant.ScriptServer;
import io.switchboard.bench.contestant.Switchboard;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/** The text table of medians, ratios to the baseline and to Node.js, and targets. */
final class Table {
    private static final List<String> HEADER =
            List.of(
                    "measure",
                    "unit",
                    "switchboard",
                    "baseline",
                    "node",
                    "python",
                    "to base",
                    "to node",
                    "target",
                    "");

    /** Number of left-aligned text columns at the start; figures follow, aligned to the right. */
    private static final int TEXT_COLUMNS = 2;

    private static final int TARGET_COLUMN = 8;

    private final List<List<String>> rows = new ArrayList<>();

    private Table() {
        rows.add(HEADER);
    }

    static String of(Results results) {
        Table table = new Table();
        results.measures().forEach(measure -> table.add(measure, results));
        return table.text();
    }

    private void add(Measure measure, Results results) {
        String key = measure.key();
        List<Target> targets = Targets.of(measure);
        rows.add(
                List.of(
                        measure.title(),
                        measure.unit(),
                        FigureFormat.value(results.median(key, Switchboard.NAME)),
                        FigureFormat.value(results.median(key, Switchboard.BASELINE)),
                        FigureFormat.value(results.median(key, ScriptServer.NODE)),
                        FigureFormat.value(results.median(key, ScriptServer.PYTHON)),
                        FigureFormat.ratio(
                                results.ratio(key, Switchboard.NAME, key, Switchboard.BASELINE)),
                        FigureFormat.ratio(
                                results.ratio(key, Switchboard.NAME, key, ScriptServer.NODE)),
                        targets.stream().map(Target::text).collect(Collectors.joining(", ")),
                        targets.stream()
                                .map(target -> verdict(target, results))
                                .collect(Collectors.joining(", "))));
    }

    private static String verdict(Target target, Results results) {
        OptionalDouble value = target.value(results);
        if (value.isEmpty()) {
            return "not measured";
        }
        return (target.met(value.getAsDouble()) ? "met: " : "MISSED: ") + FigureFormat.ratio(value);
    }

    private String text() {
        int[] widths = new int[HEADER.size()];
        for (List<String> row : rows) {
            for (int column = 0; column < widths.length; column++) {
                widths[column] = Math.max(widths[column], row.get(column).length());
            }
        }
        return rows.stream()
                .map(row -> line(row, widths))
                .collect(Collectors.joining("\n", "", "\n"));
    }

    private static String line(List<String> row, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int column = 0; column < widths.length; column++) {
            String cell = row.get(column);
            String gap = " ".repeat(widths[column] - cell.length());
            boolean left = column < TEXT_COLUMNS || column >= TARGET_COLUMN;
            line.append(left ? cell + gap : gap + cell).append("  ");
        }
        return line.toString().stripTrailing();
    }
}
