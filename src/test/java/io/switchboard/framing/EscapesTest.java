package io.switchboard.framing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EscapesTest {

    @Test
    void readsEachEscapeAsOneByteAndTheRestAsUtf8() {
        assertThat(Escapes.bytes("a\\r\\n\\t\\0\\\\\\x1e\\xFFé"))
                .containsExactly('a', 13, 10, 9, 0, '\\', 0x1e, 0xFF, 0xC3, 0xA9);
    }

    @Test
    void readsNothingFromNothing() {
        assertThat(Escapes.bytes("")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ab\\", "ab\\q", "ab\\x", "ab\\x1", "ab\\xg0", "ab\\u0041"})
    void refusesOthersAndSaysWhere(String text) {
        assertThatThrownBy(() -> Escapes.bytes(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + text + "' has an unknown escape at character 3");
    }
}
