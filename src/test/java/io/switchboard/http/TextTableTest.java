package io.switchboard.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TextTableTest {
    private final TextTable table = new TextTable(List.of("NAME", ">BYTES", "NOTE"));

    @Test
    void aTableWithoutRowsHasItsTitles() {
        assertThat(table).hasToString("NAME  BYTES  NOTE\n");
    }

    @Test
    void columnsAreAsWideAsTheirWidestCellAndLinesHaveNoTrailingBlanks() {
        table.add(List.of("a", "1B", "x"));
        table.add(List.of("truck-7", "1000KB", "longer than others"));
        assertThat(table)
                .hasToString(
                        """
                        NAME      BYTES  NOTE
                        a            1B  x
                        truck-7  1000KB  longer than others
                        """);
    }

    @Test
    void showsADashForAnEmptyCell() {
        table.add(List.of("", "", ""));
        assertThat(table).hasToString("NAME  BYTES  NOTE\n-         -  -\n");
    }

    @Test
    void alignsByTheDisplayWidthOfCharacters() {
        table.add(List.of("日本語", "1B", "wide"));
        table.add(List.of("한글", "1B", "wide"));
        table.add(List.of("カナ", "1B", "wide"));
        table.add(List.of("\ud83d\ude9a", "1B", "wide"));
        table.add(List.of("e\u0301t\u00e9", "1B", "accents"));
        assertThat(table)
                .hasToString(
                        """
                        NAME    BYTES  NOTE
                        日本語     1B  wide
                        한글       1B  wide
                        カナ       1B  wide
                        \ud83d\ude9a         1B  wide
                        e\u0301t\u00e9        1B  accents
                        """);
    }

    /** A name must not be able to clear the screen or to begin a new line. */
    @Test
    void escapesControlCharacters() {
        table.add(List.of("\u001b[2J", "1B", "a\nb\u2028c\u202ed"));
        assertThat(table)
                .hasToString(
                        """
                        NAME       BYTES  NOTE
                        \\u{1b}[2J     1B  a\\u{a}b\\u{2028}c\\u{202e}d
                        """);
    }
}
