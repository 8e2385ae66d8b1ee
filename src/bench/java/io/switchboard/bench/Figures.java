package io.switchboard.bench;

import java.util.Locale;
import java.util.OptionalDouble;

/** How figures are written. */
final class Figures {
    private static final String NONE = "–";

    private Figures() {}

    /** Three digits that count, and thousands apart. */
    static String value(OptionalDouble value) {
        if (value.isEmpty()) {
            return NONE;
        }
        double number = value.getAsDouble();
        double size = Math.abs(number);
        String form = size >= 100 ? "%,.0f" : size >= 10 ? "%.1f" : size >= 1 ? "%.2f" : "%.3f";
        return String.format(Locale.ROOT, form, number);
    }

    static String ratio(OptionalDouble ratio) {
        if (ratio.isEmpty()) {
            return NONE;
        }
        double number = ratio.getAsDouble();
        return String.format(Locale.ROOT, number >= 10 ? "%.1f" : "%.2f", number);
    }
}
