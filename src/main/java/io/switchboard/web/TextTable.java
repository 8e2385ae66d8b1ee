package io.switchboard.web;

import io.switchboard.peer.Printable;

import java.lang.Character.UnicodeScript;
import java.util.ArrayList;
import java.util.List;
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
}
