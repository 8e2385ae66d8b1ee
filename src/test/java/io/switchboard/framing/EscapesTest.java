package io.switchboard.framing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EscapesTest {

    @Test
    void readsEachEscapeAsOneByteAndOtherCharactersUnchanged() {
        assertThat(Escapes.read("a\\r\\n\\t\\0\\\\\\x1e\\xFF~"))
                .isEqualTo("a\r\n\t\0\\\u001e\u00ff~");
        assertThat(Escapes.read("")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ab\\", "ab\\q", "ab\\x", "ab\\x1", "ab\\xg0", "ab\\u0041"})
    void refusesUnknownEscapesAndNamesThem(String text) {
        assertThatThrownBy(() -> Escapes.read(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(
                        "'" + text.substring(2) + "' does not begin with a known escape");
    }

    @Test
    void refusesNonAscii() {
        assertThatThrownBy(() -> Escapes.read("é"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'é' is not ASCII");
    }
}
