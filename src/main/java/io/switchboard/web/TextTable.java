package io.switchboard.web;

import io.switchboard.peer.Printable;
import java.lang.Character.UnicodeScript;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Cells in columns, each as wide as its widest cell and two blanks from the next. Whatever a cell
 * says is {@link Printable}.
 */
final class TextTable {
    /** Scripts of letters that take two places, besides ideographs. */
    private static final Set<UnicodeScript> WIDE =
            Set.of(UnicodeScript.HANGUL, UnicodeScript.HIRAGANA, UnicodeScript.KATAKANA);

    private static final String GAP = "  ";

    private static final List<String> UNITS = List.of("B", "KB", "MB", "GB", "TB", "PB", "EB");
    private static final double KILO = 1024;

    /** From here on a rounded amount would have four digits. */
    private static final double TOO_MANY = 999.5;

    private static final double ONE_DIGIT = 9.95;

    private final List<String> titles;
    private final List<List<String>> rows = new ArrayList<>();

    /**
     * @param titles of the columns; those that begin with &gt; are aligned to the right
     */
    TextTable(List<String> titles) {
        this.titles = titles;
        add(titles.stream().map(title -> title.replaceFirst("^>", "")).toList());
    }

    /** Adds a row of as many cells as there are columns; an empty one appears as {@code -}. */
    void add(List<String> cells) {
        rows.add(cells.stream().map(cell -> cell.isEmpty() ? "-" : Printable.of(cell)).toList());
    }

    /** The titles and the rows, a line each; no line ends with blanks. */
    @Override
    public String toString() {
        int[] widths = new int[titles.size()];
        for (List<String> row : rows) {
            for (int at = 0; at < widths.length; at++) {
                widths[at] = Math.max(widths[at], places(row.get(at)));
            }
        }
        StringBuilder out = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int at = 0; at < widths.length; at++) {
                String cell = row.get(at);
                String blanks = " ".repeat(widths[at] - places(cell));
                line.append(at == 0 ? "" : GAP);
                line.append(titles.get(at).startsWith(">") ? blanks + cell : cell + blanks);
            }
            out.append(line.toString().stripTrailing()).append('\n');
        }
        return out.toString();
    }

    /** How many places a terminal gives it. */
    private static int places(String text) {
        return text.codePoints().map(TextTable::places).sum();
    }

    private static int places(int point) {
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
     * Returns an amount with two or three digits that count; a kilobyte is 1,024 bytes: {@code 0B},
     * {@code 1.5KB}, {@code 64MB}.
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

    /** Returns the two largest units: {@code 42s}, {@code 3m05s}, {@code 2h10m}, {@code 12d03h}. */
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
