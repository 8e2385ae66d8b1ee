package io.switchboard.peer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {

    /** It goes to the peer, into tables and into logs: a name is what a peer says it is. */
    @Test
    void saysWhatIsWrongWithoutAControl() {
        assertThat(Names.objectionToName("group:\u001b[2J\u202e\u009b"))
                .contains(
                        "the name 'group:\\u{1b}[2J\\u{202e}\\u{9b}' would read as a target of"
                                + " another kind");
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
    void takesWhatDevicesAreCalled(String name) {
        assertThat(Names.objectionToName(name)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    all            | the name 'all' would read as a target of another kind
                    group:x        | the name 'group:x' would read as a target of another kind
                    listener:x     | the name 'listener:x' would read as a target of another kind
                    4kdtwq-17      | the name '4kdtwq-17' looks like an id
                    ''             | a name of 0 characters: it takes 1 to 128
                    ' a'           | a name with space at its ends
                    a/b            | a name with the character '/' (U+002F)
                    a;b            | a name with the character ';' (U+003B)
                    """)
    void saysWhatIsWrongWithANameThatCannotBeOne(String name, String objection) {
        assertThat(Names.objectionToName(name)).contains(objection);
    }

    /** Characters that move a cursor, turn text round or cannot be seen. */
    @ParameterizedTest
    @ValueSource(ints = {0, 7, 0x1B, 0x7F, 0x85, 0x9B, 0x202E, 0x2066, 0x200B, 0x2028, 0xFFFD})
    void refusesWhatDoesNotStandOnATerminalsLine(int codePoint) {
        String name = "a" + Character.toString(codePoint) + "b";
        assertThat(Names.objectionToName(name))
                .contains("a name with the character U+%04X".formatted(codePoint));
        assertThat(Names.objectionToGroup(name))
                .contains("a group with the character U+%04X".formatted(codePoint));
    }

    @Test
    void countsCharactersAndNotTheirHalves() {
        assertThat(Names.objectionToName("🚚".repeat(128))).isEmpty();
        assertThat(Names.objectionToName("🚚".repeat(129)))
                .contains("a name of 129 characters: it takes 1 to 128");
    }

    @Test
    void aGroupMayBeCalledLikeAnIdOrATarget() {
        assertThat(Names.objectionToGroup("all")).isEmpty();
        assertThat(Names.objectionToGroup("4kdtwq-17")).isEmpty();
    }
}
