package io.switchboard.bench.report;

import io.switchboard.bench.contestant.ScriptServer;
import io.switchboard.bench.contestant.Switchboard;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * An SVG chart of horizontal bars, each of which shows how many times better than Node.js a
 * contestant is. A bar to the right of the line 1× is better, both for measures where more is
 * better and for those where less is better. The axis is logarithmic: each grid line doubles the
 * factor.
 */
final class Chart {
    private static final List<String> KEYS =
            List.of(
                    "broadcast.1000.1",
                    "broadcast.1000.16",
                    "broadcast.1000.64",
                    "broadcast.10000.1",
                    "broadcast.10000.16",
                    "broadcast.10000.64",
                    "post.1",
                    "post.16",
                    "post.64",
                    "rate.p99",
                    "inbound",
                    "connect.row",
                    "connect.once",
                    "memory.peer.10000");

    private static final int LABELS = 300;
    private static final int BARS = 520;
    private static final int RIGHT = 70;
    private static final int TOP = 56;
    private static final int ROW = 30;
    private static final int BAR = 12;
    private static final int THIN_BAR = 5;

    /** The axis covers factors of 1/4 to 64, as powers of two; a longer bar ends at the edge. */
    private static final double MIN_POWER = -2;

    private static final double MAX_POWER = 6;

    private final StringBuilder svg = new StringBuilder();
    private final Results results;

    private Chart(Results results) {
        this.results = results;
    }

    static String of(Results results, Machine machine) {
        return new Chart(results).draw(machine);
    }

    private String draw(Machine machine) {
        List<Measure> rows =
                KEYS.stream()
                        .flatMap(
                                key ->
                                        results.measures().stream()
                                                .filter(measure -> measure.key().equals(key)))
                        .filter(measure -> improvement(measure, Switchboard.NAME).isPresent())
                        .toList();
        int bottom = TOP + rows.size() * ROW;
        int width = LABELS + BARS + RIGHT;
        int height = bottom + 48;
        // Grey text is legible on white and on black, in viewers that ignore the media query.
        svg.append(
                String.format(
                        Locale.ROOT,
                        """
                <svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" \
                font-family="system-ui, sans-serif" font-size="13" role="img" \
                aria-label="Switchboard compared with Node.js and Python">
                <style>
                text { fill: #6e7781 } .title { font-size: 15px; font-weight: 600 }
                .grid { stroke: #8b949e; stroke-opacity: .35 } .one { stroke: #8b949e; stroke-width: 1.5 }
                .switchboard { fill: #1f883d } .python { fill: #8b949e } .small { font-size: 11px }
                @media (prefers-color-scheme: dark) {
                text { fill: #b1bac4 } .switchboard { fill: #3fb950 }
                }
                </style>
                <text class="title" x="8" y="20">Times better than Node.js, same machine, same run</text>
                """,
                        width,
                        height,
                        width,
                        height));
        legend();
        for (int power = (int) MIN_POWER; power <= MAX_POWER; power++) {
            double x = x(power);
            String label = power < 0 ? "1/" + (1 << -power) : String.valueOf(1 << power);
            svg.append(
                    String.format(
                            Locale.ROOT,
                            "<line class=\"%s\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>%n",
                            power == 0 ? "one" : "grid",
                            x,
                            x,
                            TOP - 4,
                            bottom));
            svg.append(
                    String.format(
                            Locale.ROOT,
                            "<text class=\"small\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>%n",
                            x,
                            bottom + 14,
                            label + "×"));
        }
        for (int row = 0; row < rows.size(); row++) {
            draw(rows.get(row), TOP + row * ROW);
        }
        svg.append(
                String.format(
                        Locale.ROOT,
                        "<text class=\"small\" x=\"8\" y=\"%d\">%s</text>%n</svg>%n",
                        bottom + 36,
                        escape("%d cores; %s".formatted(machine.cores(), machine.kernel()))
                                + escape(
                                        "; node %s; %s"
                                                .formatted(machine.node(), machine.python()))));
        return svg.toString();
    }

    private void legend() {
        svg.append(
                String.format(
                        Locale.ROOT,
                        "<rect class=\"switchboard\" x=\"%d\" y=\"32\" width=\"14\" height=\"%d\"/>"
                                + "<text class=\"small\" x=\"%d\" y=\"42\">Switchboard</text>%n",
                        LABELS,
                        BAR,
                        LABELS + 20));
        svg.append(
                String.format(
                        Locale.ROOT,
                        "<rect class=\"python\" x=\"%d\" y=\"36\" width=\"14\" height=\"%d\"/>"
                                + "<text class=\"small\" x=\"%d\" y=\"42\">Python asyncio</text>%n",
                        LABELS + 110,
                        THIN_BAR,
                        LABELS + 130));
    }

    private void draw(Measure measure, int y) {
        svg.append(
                String.format(
                        Locale.ROOT,
                        "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>%n",
                        LABELS - 10,
                        y + 15,
                        escape(measure.title())));
        OptionalDouble own = improvement(measure, Switchboard.NAME);
        bar("switchboard", own, y + 3, BAR);
        bar("python", improvement(measure, ScriptServer.PYTHON), y + 3 + BAR + 1, THIN_BAR);
        double end = Math.max(x(0), x(log(own.orElse(1))));
        svg.append(
                String.format(
                        Locale.ROOT,
                        "<text class=\"small\" x=\"%.1f\" y=\"%d\">%s×</text>%n",
                        end + 5,
                        y + 13,
                        FigureFormat.ratio(own)));
    }

    private void bar(String contestant, OptionalDouble ratio, int y, int height) {
        if (ratio.isPresent()) {
            double end = x(log(ratio.getAsDouble()));
            svg.append(
                    String.format(
                            Locale.ROOT,
                            "<rect class=\"%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>%n",
                            contestant,
                            Math.min(end, x(0)),
                            y,
                            Math.abs(end - x(0)),
                            height));
        }
    }

    /** Returns the factor by which the contestant is better than Node.js. */
    private OptionalDouble improvement(Measure measure, String contestant) {
        String key = measure.key();
        OptionalDouble ratio =
                measure.moreIsBetter()
                        ? results.ratio(key, contestant, key, ScriptServer.NODE)
                        : results.ratio(key, ScriptServer.NODE, key, contestant);
        return ratio.isPresent() && ratio.getAsDouble() > 0 ? ratio : OptionalDouble.empty();
    }

    private static double log(double ratio) {
        return Math.log(ratio) / Math.log(2);
    }

    private static double x(double power) {
        double share =
                (Math.clamp(power, MIN_POWER, MAX_POWER) - MIN_POWER) / (MAX_POWER - MIN_POWER);
        return LABELS + share * BARS;
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
