package io.switchboard.peer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PeerIdTest {

    @Test
    void parsesWhatItFormats() {
        for (PeerId id :
                new PeerId[] {
                    new PeerId(0, 1),
                    new PeerId(35, 17),
                    new PeerId(PeerId.BOOTS - 1, 999_999_999_999_999_999L)
                }) {
            assertThat(PeerId.parse(id.toString())).contains(id);
        }
    }

    @Test
    void formatsTheBootAsADigitAndFiveConsonants() {
        assertThat(new PeerId(0, 1)).hasToString("0bbbbb-1");
        assertThat(new PeerId(39, 17)).hasToString("0bbbcz-17");
        assertThat(new PeerId(PeerId.BOOTS - 1, 2)).hasToString("9zzzzz-2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-",
                "4kdtwq",
                "4kdtwq-",
                "4kdtwq-0",
                "4kdtwq-01",
                "4kdtwq--1",
                "4kdtwq-1 ",
                " 4kdtwq-1",
                "4KDTWQ-1",
                "4kdtw-1",
                "4kdtwqq-1",
                "4kdtwq-1x",
                "4kdtwq-1\n",
                "4kdtwq-1000000000000000000",
                "kkdtwq-1",
                "4adtwq-1",
                "device-1",
                "100001-2",
                "all"
            })
    void rejectsTextsThatAreNotIds(String text) {
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
