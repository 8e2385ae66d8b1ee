package io.switchboard.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpellingTest {
    @ParameterizedTest
    @CsvSource({
        "'', '', 0",
        "abc, abc, 0",
        "'', abc, 3",
        "abc, '', 3",
        "abc, abd, 1",
        "abc, abcd, 1",
        "abcd, abc, 1",
        "abc, xabc, 1",
        "kitten, sitting, 3",
        "port, prot, 2"
    })
    void countsTheEditsBetweenTwoNames(String one, String other, int changes) {
        assertThat(Spelling.distance(one, other)).isEqualTo(changes);
        assertThat(Spelling.distance(other, one)).isEqualTo(changes);
    }

    @Test
    void namesTheMostSimilarFirst() {
        List<String> known = List.of("valves", "pumped", "pump", "Pumps", "lamps");
        assertThat(Spelling.similar("pumps", known)).containsExactly("Pumps", "pump");
        assertThat(Spelling.similar("PUMPS", known)).containsExactly("Pumps", "pump");
    }

    @Test
    void aShortNameIsSimilarOnlyToOneOfOtherCase() {
        assertThat(Spelling.similar("a", List.of("b", "A", "ab"))).containsExactly("A");
        assertThat(Spelling.similar("abc", List.of("abd", "xyz"))).containsExactly("abd");
        assertThat(Spelling.similar("", List.of("a"))).isEmpty();
    }
}
