package io.switchboard.http;

import io.switchboard.net.Printable;
import java.lang.Character.UnicodeScript;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A table for a terminal. Each column is as wide as its widest cell, and two blanks separate the
 * columns. Every cell is made {@link Printable}.
 */
final class TextTable {
    /** The scripts, besides ideographs, whose letters occupy two terminal columns. */
    private static final Set<UnicodeScript> WIDE =
            Set.of(UnicodeScript.HANGUL, UnicodeScript.HIRAGANA, UnicodeScript.KATAKANA);

    private static final String GAP = "  ";

    private static final List<String> UNITS = List.of("B", "KB", "MB", "GB", "TB", "PB", "EB");
    private static final double KILO = 1024;

    /** From this amount on, rounding to a whole number would give four digits. */
    private static final double FOUR_DIGITS = 999.5;

    /** From this amount on, rounding to one decimal would give three digits. */
    private static final double TWO_DIGITS = 9.95;

    private final List<String> titles;
    private final List<List<String>> rows = new ArrayList<>();

    /**
     * Creates a table that has only its titles.
     *
     * @param titles the titles of the columns; a title that begins with &gt; aligns its column to
     *     the right
     */
    TextTable(List<String> titles) {
        this.titles = titles;
        add(titles.stream().map(title -> title.replaceFirst("^>", "")).toList());
    }

    /** Adds a row. It must have one cell per column; an empty cell is shown as {@code -}. */
    void add(List<String> cells) {
        rows.add(cells.stream().map(cell -> cell.isEmpty() ? "-" : Printable.of(cell)).toList());
    }

    /** Returns the titles and the rows, one per line. No line ends with a blank. */
    @Override
    public String toString() {
        int[] widths = new int[titles.size()];
        for (List<String> row : rows) {
            for (int at = 0; at < widths.length; at++) {
                widths[at] = Math.max(widths[at], displayWidth(row.get(at)));
            }
        }
        StringBuilder out = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int at = 0; at < widths.length; at++) {
                String cell = row.get(at);
                String padding = " ".repeat(widths[at] - displayWidth(cell));
                line.append(at == 0 ? "" : GAP);
                line.append(titles.get(at).startsWith(">") ? padding + cell : cell + padding);
            }
            out.append(line.toString().stripTrailing()).append('\n');
        }
        return out.toString();
    }

    /** Returns the number of terminal columns that a text occupies. */
    private static int displayWidth(String text) {
        return text.codePoints().map(TextTable::displayWidth).sum();
    }

    private static int displayWidth(int point) {
        int type = Character.getType(point);
        if (type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK) {
            return 0;
        }
        boolean wide =
                Character.isIdeographic(point)
                        || Character.isEmojiPresentation(point)
                        || WIDE.contains(UnicodeScript.of(point));
        return wide ? 2 : 1;
    }

    /**
     * Returns an amount with two or three significant digits, such as {@code 0B}, {@code 1.5KB} or
     * {@code 64MB}. A kilobyte has 1,024 bytes.
     */
    static String bytes(long bytes) {
        double amount = bytes;
        int unit = 0;
        while (amount >= FOUR_DIGITS && unit < UNITS.size() - 1) {
            amount /= KILO;
            unit++;
        }
        String format = unit > 0 && amount < TWO_DIGITS ? "%.1f%s" : "%.0f%s";
        return String.format(Locale.ROOT, format, amount, UNITS.get(unit));
    }

    /**
     * Returns a duration in its two largest units, such as {@code 42s}, {@code 3m05s}, {@code
     * 2h10m} or {@code 12d03h}. A negative duration is shown as {@code 0s}.
     */
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
