package io.switchboard.bench.report;

import java.util.Locale;
import java.util.OptionalDouble;

/** Formats figures for the table and the chart. */
final class FigureFormat {
    private static final String NONE = "–";

    private FigureFormat() {}

    /** Formats a value with at least three digits and with thousands separators. */
    static String value(OptionalDouble value) {
        if (value.isEmpty()) {
            return NONE;
        }
        double number = value.getAsDouble();
        double size = Math.abs(number);
        String format = size >= 100 ? "%,.0f" : size >= 10 ? "%.1f" : size >= 1 ? "%.2f" : "%.3f";
        return String.format(Locale.ROOT, format, number);
    }

    static String ratio(OptionalDouble ratio) {
        if (ratio.isEmpty()) {
            return NONE;
        }
        double number = ratio.getAsDouble();
        return String.format(Locale.ROOT, number >= 10 ? "%.1f" : "%.2f", number);
    }
}
