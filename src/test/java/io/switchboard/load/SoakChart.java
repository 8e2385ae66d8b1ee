package io.switchboard.load;

import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Draws samples as SVG: one panel per measure, with the same time axis. */
final class SoakChart {
    private static final int LEFT = 70;
    private static final int WIDTH = 720;
    private static final int PANEL = 70;
    private static final int GAP = 46;
    private static final int TOP = 60;

    private final StringBuilder svg = new StringBuilder();
    private final List<SoakSample> samples;
    private int top = TOP;

    private SoakChart(List<SoakSample> samples) {
        this.samples = samples;
    }

    /**
     * @param title the parameters of the run
     * @param warm the first sample after the warm-up
     */
    static String of(String title, List<SoakSample> samples, SoakSample warm) {
        return new SoakChart(samples).draw(title, warm);
    }

    private String draw(String title, SoakSample warm) {
        svg.append(
                        String.format(
                                Locale.ROOT,
                                "<text x=\"8\" y=\"22\" font-size=\"15\" font-weight=\"600\">%s</text>",
                                title))
                .append('\n');
        panel("live heap without outboxes, MB", sample -> sample.heap() / 1e6);
        panel("resident memory, MB", sample -> sample.resident() / 1e6);
        panel("descriptors without the peers' sockets", SoakSample::descriptors);
        panel("threads", SoakSample::threads);
        panel("peers", SoakSample::peers);
        panel("99th percentile of a send to one peer, ms", SoakSample::sendP99);
        double x = x(warm.seconds());
        svg.append(
                        String.format(
                                Locale.ROOT,
                                "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"#8b949e\""
                                        + " stroke-dasharray=\"4 3\"/>",
                                x,
                                x,
                                TOP - 14,
                                top - GAP))
                .append('\n');
        svg.append(
                        String.format(
                                Locale.ROOT,
                                "<text x=\"%.1f\" y=\"%d\">compared from here on</text><text x=\"%d\" y=\"%d\""
                                        + " text-anchor=\"end\">%.0f s</text><text x=\"%d\" y=\"%d\">0 s</text>",
                                x + 4,
                                TOP - 18,
                                LEFT + WIDTH,
                                top - GAP + 16,
                                samples.getLast().seconds(),
                                LEFT,
                                top - GAP + 16))
                .append('\n');
        return """
               <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" \
               font-family="system-ui, sans-serif" font-size="12" fill="#57606a">
               <rect width="100%%" height="100%%" fill="white"/>
               %s</svg>
               """
                .formatted(LEFT + WIDTH + 20, top, LEFT + WIDTH + 20, top, svg);
    }

    /** Draws one panel; its axis starts at zero, so that a constant value looks flat. */
    private void panel(String title, ToDoubleFunction<SoakSample> value) {
        double most = samples.stream().mapToDouble(value).max().orElseThrow();
        double scale = most > 0 ? 1.1 * most : 1;
        StringBuilder points = new StringBuilder();
        for (SoakSample sample : samples) {
            double y = top + PANEL * (1 - value.applyAsDouble(sample) / scale);
            points.append(String.format(Locale.ROOT, "%.1f,%.1f ", x(sample.seconds()), y));
        }
        svg.append(
                        String.format(
                                Locale.ROOT,
                                "<text x=\"%d\" y=\"%d\" fill=\"#1f2328\">%s</text>",
                                LEFT,
                                top - 6,
                                title))
                .append('\n');
        svg.append(
                        String.format(
                                Locale.ROOT,
                                "<path d=\"M%d %d v%d h%d\" fill=\"none\" stroke=\"#8b949e\"/>",
                                LEFT,
                                top,
                                PANEL,
                                WIDTH))
                .append('\n');
        svg.append(
                        String.format(
                                Locale.ROOT,
                                "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>"
                                        + "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">0</text>",
                                LEFT - 6,
                                top + PANEL * (1 - most / scale) + 4,
                                String.format(Locale.ROOT, most < 10 ? "%.1f" : "%,.0f", most),
                                LEFT - 6,
                                top + PANEL))
                .append('\n');
        svg.append(
                        String.format(
                                Locale.ROOT,
                                "<polyline points=\"%s\" fill=\"none\" stroke=\"#1f883d\" stroke-width=\"1.5\"/>",
                                points))
                .append('\n');
        top += PANEL + GAP;
    }

    private double x(double seconds) {
        return LEFT + WIDTH * seconds / samples.getLast().seconds();
    }
}
