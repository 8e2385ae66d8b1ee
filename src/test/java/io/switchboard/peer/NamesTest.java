package io.switchboard.peer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {

    /** The error contains a name that a peer sent, and is shown in terminals and logs. */
    @Test
    void escapesControlCharactersInTheError() {
        assertThat(Names.nameError("group:\u001b[2J\u202e\u009b"))
                .contains(
                        "the name 'group:\\u{1b}[2J\\u{202e}\\u{9b}' is reserved for another kind"
                                + " of target");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "truck-7",
                "device-7",
                "100001-2",
                "24:0A:C4:00:01:02",
                "356938035643809",
                "卡车 7",
                "O=ACME, CN=pump.3@site",
                "all-of-it",
                "groups:x"
            })
    void acceptsTypicalDeviceNames(String name) {
        assertThat(Names.nameError(name)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    all            | the name 'all' is reserved for another kind of target
                    group:x        | the name 'group:x' is reserved for another kind of target
                    listener:x     | the name 'listener:x' is reserved for another kind of target
                    4kdtwq-17      | the name '4kdtwq-17' looks like an id
                    ''             | a name takes 1 to 128 characters, not 0
                    ' a'           | a name must not begin or end with white space
                    a/b            | a name must not contain the character '/' (U+002F)
                    a;b            | a name must not contain the character ';' (U+003B)
                    """)
    void reportsTheErrorOfAnInvalidName(String name, String error) {
        assertThat(Names.nameError(name)).contains(error);
    }

    /** Characters that move the cursor, change the text direction or are invisible. */
    @ParameterizedTest
    @ValueSource(ints = {0, 7, 0x1B, 0x7F, 0x85, 0x9B, 0x202E, 0x2066, 0x200B, 0x2028, 0xFFFD})
    void refusesCharactersThatATerminalCannotPrintInPlace(int codePoint) {
        String name = "a" + Character.toString(codePoint) + "b";
        assertThat(Names.nameError(name))
                .contains("a name must not contain the character U+%04X".formatted(codePoint));
        assertThat(Names.groupError(name))
                .contains("a group must not contain the character U+%04X".formatted(codePoint));
    }

    @Test
    void saysWhichByteOfANameIsNotUtf8() {
        assertThat(Names.nameError(View.TEXT.of(new byte[] {'a', (byte) 0x9f}, UTF_8)))
                .contains("a name must not contain the character 0x9f, which is not UTF-8");
    }

    @Test
    void countsCodePointsAndNotSurrogates() {
        assertThat(Names.nameError("🚚".repeat(128))).isEmpty();
        assertThat(Names.nameError("🚚".repeat(129)))
                .contains("a name takes 1 to 128 characters, not 129");
    }

    @Test
    void aGroupNameMayLookLikeAnIdOrATarget() {
        assertThat(Names.groupError("all")).isEmpty();
        assertThat(Names.groupError("4kdtwq-17")).isEmpty();
    }
}
