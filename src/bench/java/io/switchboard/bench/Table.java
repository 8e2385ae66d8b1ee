package io.switchboard.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/** The results for people: medians, the ratio to Node.js, and what was to be reached. */
final class Table {
    private static final List<String> HEAD =
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

    /** Up to here columns are words and stand at the left; then come figures. */
    private static final int WORDS = 2;

    private static final int TARGET = 8;

    private final List<List<String>> rows = new ArrayList<>();

    private Table() {
        rows.add(HEAD);
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
                        Figures.value(results.median(key, Switchboard.NAME)),
                        Figures.value(results.median(key, Switchboard.BASELINE)),
                        Figures.value(results.median(key, Script.NODE)),
                        Figures.value(results.median(key, Script.PYTHON)),
                        Figures.ratio(
                                results.ratio(key, Switchboard.NAME, key, Switchboard.BASELINE)),
                        Figures.ratio(results.ratio(key, Switchboard.NAME, key, Script.NODE)),
                        targets.stream().map(Target::text).collect(Collectors.joining(", ")),
                        targets.stream()
                                .map(target -> verdict(target, results))
                                .collect(Collectors.joining(", "))));
    }

    private static String verdict(Target target, Results results) {
        OptionalDouble reached = target.reached(results);
        if (reached.isEmpty()) {
            return "not measured";
        }
        return (target.met(reached.getAsDouble()) ? "met: " : "MISSED: ") + Figures.ratio(reached);
    }

    private String text() {
        int[] widths = new int[HEAD.size()];
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
            boolean left = column < WORDS || column >= TARGET;
            line.append(left ? cell + gap : gap + cell).append("  ");
        }
        return line.toString().stripTrailing();
    }
}
