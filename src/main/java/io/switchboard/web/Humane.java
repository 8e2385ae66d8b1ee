package io.switchboard.web;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** Amounts as people read them: two or three digits that count, and no blank. */
final class Humane {
    private static final List<String> UNITS = List.of("B", "KB", "MB", "GB", "TB", "PB", "EB");
    private static final double KILO = 1024;

    /** From here on a rounded amount would have four digits. */
    private static final double TOO_MANY = 999.5;

    private static final double ONE_DIGIT = 9.95;

    private Humane() {}

    /**
     * A kilobyte is 1,024 bytes, as in the configuration: {@code 0B}, {@code 1.5KB}, {@code 64MB}.
     */
    static String bytes(long bytes) {
        double amount = bytes;
        int unit = 0;
        while (amount >= TOO_MANY && unit < UNITS.size() - 1) {
            amount /= KILO;
            unit++;
        }
        String form = unit > 0 && amount < ONE_DIGIT ? "%.1f%s" : "%.0f%s";
        return String.format(Locale.ROOT, form, amount, UNITS.get(unit));
    }

    /** The two largest units: {@code 42s}, {@code 3m05s}, {@code 2h10m}, {@code 12d03h}. */
    static String duration(Duration duration) {
        Duration time = duration.isNegative() ? Duration.ZERO : duration;
        if (time.toDays() > 0) {
            return String.format(Locale.ROOT, "%dd%02dh", time.toDays(), time.toHoursPart());
        }
        if (time.toHours() > 0) {
            return String.format(Locale.ROOT, "%dh%02dm", time.toHours(), time.toMinutesPart());
        }
        if (time.toMinutes() > 0) {
            return String.format(Locale.ROOT, "%dm%02ds", time.toMinutes(), time.toSecondsPart());
        }
        return time.toSeconds() + "s";
    }
}
