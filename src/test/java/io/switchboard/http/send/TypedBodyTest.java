package io.switchboard.http.send;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.http.problem.ApiProblem;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TypedBodyTest {
    private static final String FORM = "application/x-www-form-urlencoded";

    private static Optional<ApiProblem> problem(String type, String body) {
        return TypedBody.problem(type, "localhost:8080", body.getBytes(UTF_8));
    }

    private static String detail(String type, String body) {
        return problem(type, body).map(each -> each.getBody().getDetail()).orElse("none");
    }

    @Test
    void namesTheContentTypeOfJson() {
        assertThat(detail(FORM, " {\"to\":\"all\",\"text\":\"hi\"}"))
                .isEqualTo(
                        "the body looks like JSON, but Content-Type is"
                                + " application/x-www-form-urlencoded: add -H 'Content-Type:"
                                + " application/json'");
        assertThat(detail("", "{}")).contains("Content-Type is missing");
        assertThat(detail(FORM, "{\"to\":\"a\"}\n{\"to\":\"b\"}"))
                .endsWith("add -H 'Content-Type: application/x-ndjson'");
        assertThat(detail(FORM, "{\n  \"to\": \"a\"\n}"))
                .endsWith("add -H 'Content-Type: application/json'");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "to=all&text=hi|curl -d hi 'localhost:8080/send?to=all'",
                "to=a%20b&to=group:x&wait=acked&text=hi|curl -d hi 'localhost:8080/send?to=a%20b&to=group:x&wait=acked'",
                "to=all&text=it's+on|curl -d 'it'\\''s on' 'localhost:8080/send?to=all'",
                "to=%2B4917&text=hi|curl -d hi 'localhost:8080/send?to=%2B4917'",
                "to=all&text=@file|curl --data-raw '@file' 'localhost:8080/send?to=all'",
                "to=all|curl -d MESSAGE 'localhost:8080/send?to=all'",
                "to=all&hex=00|hex and base64 are fields of a JSON body, as in curl -H",
            })
    void givesTheCommandOfAForm(String body, String command) {
        assertThat(detail(FORM, body))
                .contains("the fields are in the body, and they belong in the query: " + command);
    }

    @ParameterizedTest
    @ValueSource(strings = {"hello", "text=hi", "too=all&text=hi", "a=b&c=d", "to=%GG", ""})
    void doesNotExplainAnythingElse(String body) {
        assertThat(problem(FORM, body)).isEmpty();
    }

    @Test
    void doesNotExplainBytes() {
        assertThat(TypedBody.problem(FORM, null, new byte[] {'{', (byte) 0xFF})).isEmpty();
    }
}
