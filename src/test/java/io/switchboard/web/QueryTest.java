package io.switchboard.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.HttpStatus;

class QueryTest {
    private static final Set<String> KNOWN = Set.of("to", "split", "exclude");

    @ParameterizedTest
    @NullAndEmptySource
    void noQueryHasNoValues(@Nullable String query) {
        assertThat(Query.parse(query, KNOWN)).isEmpty();
    }

    @Test
    void keepsTheOrderAndRepeatedNames() {
        Map<String, List<String>> values = Query.parse("to=b&exclude=c&to=a", KNOWN);
        assertThat(values.keySet()).containsExactly("to", "exclude");
        assertThat(values).containsEntry("to", List.of("b", "a"));
    }

    @Test
    void aNameWithoutAValueHasAnEmptyOne() {
        assertThat(Query.parse("split&to=", KNOWN))
                .containsEntry("split", List.of(""))
                .containsEntry("to", List.of(""));
    }

    @Test
    void onlyTheFirstEqualsSignDivides() {
        assertThat(Query.parse("to=a=b", KNOWN)).containsEntry("to", List.of("a=b"));
    }

    @Test
    void emptyPairsAreNothing() {
        assertThat(Query.parse("&to=a&&", KNOWN)).containsOnlyKeys("to");
    }

    @Test
    void decodesNamesAndValues() {
        assertThat(Query.parse("to=a+b", KNOWN)).containsEntry("to", List.of("a b"));
        assertThat(Query.parse("to=a%2Bb", KNOWN)).containsEntry("to", List.of("a+b"));
        assertThat(Query.parse("t%6f=a%20b+c%26%3D%C3%BC", KNOWN))
                .containsEntry("to", List.of("a b c&=\u00fc"));
    }

    /** A misspelt name must not be ignored: {@code too=x} would else become a send to nobody. */
    @Test
    void refusesAnUnknownNameAndListsTheKnownOnes() {
        assertThatThrownBy(() -> Query.parse("to=a&too=b", KNOWN))
                .isInstanceOfSatisfying(
                        ApiProblem.class,
                        problem -> {
                            assertThat(problem.getStatusCode()).isEqualTo(HttpStatus.BAD_REQUEST);
                            assertThat(problem.getBody().getDetail())
                                    .isEqualTo(
                                            "unknown parameter 'too': known are exclude, split, to");
                        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"to=%", "to=%2", "to=%zz", "%=a"})
    void refusesABrokenEscapeAndNamesIt(String query) {
        assertThatThrownBy(() -> Query.parse(query, KNOWN))
                .isInstanceOfSatisfying(
                        ApiProblem.class,
                        problem -> {
                            assertThat(problem.getStatusCode()).isEqualTo(HttpStatus.BAD_REQUEST);
                            assertThat(problem.getBody().getDetail()).contains("%");
                        });
    }
}
