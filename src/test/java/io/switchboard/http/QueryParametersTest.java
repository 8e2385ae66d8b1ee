package io.switchboard.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.switchboard.http.problem.ApiProblem;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.HttpStatus;

class QueryParametersTest {
    private static final Set<String> KNOWN = Set.of("to", "split", "exclude");

    @ParameterizedTest
    @NullAndEmptySource
    void aMissingQueryHasNoParameters(@Nullable String query) {
        assertThat(QueryParameters.parse(query, KNOWN)).isEmpty();
    }

    @Test
    void keepsTheOrderAndTheValuesOfRepeatedNames() {
        Map<String, List<String>> values = QueryParameters.parse("to=b&exclude=c&to=a", KNOWN);
        assertThat(values.keySet()).containsExactly("to", "exclude");
        assertThat(values).containsEntry("to", List.of("b", "a"));
    }

    @Test
    void aNameWithoutAValueHasAnEmptyOne() {
        assertThat(QueryParameters.parse("split&to=", KNOWN))
                .containsEntry("split", List.of(""))
                .containsEntry("to", List.of(""));
    }

    @Test
    void onlyTheFirstEqualsSignSeparates() {
        assertThat(QueryParameters.parse("to=a=b", KNOWN)).containsEntry("to", List.of("a=b"));
    }

    @Test
    void ignoresEmptyPairs() {
        assertThat(QueryParameters.parse("&to=a&&", KNOWN)).containsOnlyKeys("to");
    }

    @Test
    void decodesNamesAndValues() {
        assertThat(QueryParameters.parse("to=a+b", KNOWN)).containsEntry("to", List.of("a b"));
        assertThat(QueryParameters.parse("to=a%2Bb", KNOWN)).containsEntry("to", List.of("a+b"));
        assertThat(QueryParameters.parse("t%6f=a%20b+c%26%3D%C3%BC", KNOWN))
                .containsEntry("to", List.of("a b c&=\u00fc"));
    }

    /** If a misspelt name were ignored, {@code too=x} would become a send without targets. */
    @Test
    void refusesAnUnknownNameAndListsTheKnownOnes() {
        assertThatThrownBy(() -> QueryParameters.parse("to=a&too=b", KNOWN))
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
    void refusesAMalformedEscapeAndQuotesIt(String query) {
        assertThatThrownBy(() -> QueryParameters.parse(query, KNOWN))
                .isInstanceOfSatisfying(
                        ApiProblem.class,
                        problem -> {
                            assertThat(problem.getStatusCode()).isEqualTo(HttpStatus.BAD_REQUEST);
                            assertThat(problem.getBody().getDetail()).contains("%");
                        });
    }
}
