package io.switchboard.events;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventPositionsTest {

    @ParameterizedTest
    @ValueSource(strings = {"1bcdfg:0", "1bcdfg:17_2bcdfg:999999999999999999"})
    void parsesItsOwnIds(String id) {
        assertThat(new EventPositions(EventPositions.parse(id).orElseThrow()).id()).isEqualTo(id);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "17",
                ":17",
                "1bcdfg",
                "1bcdfg:",
                "1bcdfg:x",
                "1bcdfg:-1",
                "1bcdfg:1234567890123456789",
                "1bcdfg:1_",
                "_1bcdfg:1",
                "1bcdfg:1_1bcdfg:2",
                "1bcdea:1",
                "1bcdfg:1 2bcdfg:2"
            })
    void refusesOtherTexts(String id) {
        assertThat(EventPositions.parse(id)).isEmpty();
    }

    @Test
    void anIdLineAdvancesOneNode() {
        EventPositions positions =
                new EventPositions(new TreeMap<>(Map.of("1bbbbb", 1L, "3bbbbb", 3L)));
        assertThat(positions.idLines("2bbbbb").apply(7))
                .asString(UTF_8)
                .isEqualTo("id: 1bbbbb:1_2bbbbb:7_3bbbbb:3\n");
        assertThat(positions.idLines("1bbbbb").apply(7))
                .asString(UTF_8)
                .isEqualTo("id: 1bbbbb:7_3bbbbb:3\n");
        assertThat(positions.idLines("3bbbbb").apply(7))
                .asString(UTF_8)
                .isEqualTo("id: 1bbbbb:1_3bbbbb:7\n");
    }
}
