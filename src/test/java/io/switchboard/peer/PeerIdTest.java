package io.switchboard.peer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PeerIdTest {

    @Test
    void readsWhatItSpells() {
        for (PeerId id :
                new PeerId[] {
                    new PeerId(0, 1),
                    new PeerId(35, 17),
                    new PeerId(Integer.MAX_VALUE, 999_999_999_999_999_999L)
                }) {
            assertThat(PeerId.parse(id.toString())).contains(id);
        }
    }

    @Test
    void spellsTheBootWithSixDigits() {
        assertThat(new PeerId(0, 1)).hasToString("000000-1");
        assertThat(new PeerId(35, 17)).hasToString("00000z-17");
        assertThat(new PeerId(Integer.MAX_VALUE, 2)).hasToString("zik0zj-2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-",
                "k3f9x2",
                "k3f9x2-",
                "k3f9x2-0",
                "k3f9x2-01",
                "k3f9x2--1",
                "k3f9x2-1 ",
                " k3f9x2-1",
                "K3F9X2-1",
                "k3f9x-1",
                "k3f9x22-1",
                "k3f9x2-1x",
                "k3f9x2-1\n",
                "k3f9x2-1000000000000000000",
                "zzzzzz-1",
                "all"
            })
    void otherTextsAreNoIds(String text) {
        assertThat(PeerId.parse(text)).isEmpty();
    }

    /** By number and not by spelling: 9 connected before 10. */
    @Test
    void isOrderedByConnection() {
        PeerId ninth = new PeerId(5, 9);
        PeerId tenth = new PeerId(5, 10);
        PeerId elsewhere = new PeerId(6, 1);
        assertThat(Stream.of(elsewhere, tenth, ninth).sorted())
                .containsExactly(ninth, tenth, elsewhere);
        assertThat(ninth).isEqualByComparingTo(new PeerId(5, 9));
    }
}
