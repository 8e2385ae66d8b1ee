package io.switchboard.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

class ListsByLineTest {
    private final JsonMapper mapper =
            JsonMapper.builder()
                    .defaultPrettyPrinter(new ListsByLine())
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .build();

    @Test
    void anObjectIsOneLine() {
        assertThat(write(object("a", 1, "b", Map.of("c", 2))))
                .isEqualTo("{\"a\":1,\"b\":{\"c\":2}}\n");
    }

    @Test
    void theObjectsOfAListBeginALineEach() {
        assertThat(write(object("n", 2, "peers", List.of(Map.of("id", 1), Map.of("id", 2)))))
                .isEqualTo(
                        """
                        {"n":2,"peers":[
                        {"id":1},
                        {"id":2}
                        ]}
                        """);
    }

    @Test
    void anEmptyListStaysOnItsLine() {
        assertThat(write(object("peers", List.of()))).isEqualTo("{\"peers\":[]}\n");
    }

    @Test
    void aListOfWordsStaysOnItsLine() {
        assertThat(write(object("groups", List.of("a", "b"), "x", object("y", object("z", 1)))))
                .isEqualTo("{\"groups\":[\"a\",\"b\"],\"x\":{\"y\":{\"z\":1}}}\n");
    }

    /** Line breaks of a list inside an element would split the line of the element. */
    @Test
    void listsDeeperInsideStayOnTheirLine() {
        assertThat(
                        write(
                                object(
                                        "peers",
                                        List.of(
                                                object(
                                                        "groups",
                                                        List.of("a", "b"),
                                                        "x",
                                                        List.of())))))
                .isEqualTo(
                        """
                        {"peers":[
                        {"groups":["a","b"],"x":[]}
                        ]}
                        """);
        assertThat(write(object("a", object("b", List.of(1, 2)))))
                .isEqualTo("{\"a\":{\"b\":[1,2]}}\n");
    }

    @Test
    void aDocumentThatIsAListEndsWithANewlineToo() {
        assertThat(write(List.of(1, 2))).isEqualTo("[1,2]\n");
        assertThat(write(List.of())).isEqualTo("[]\n");
    }

    /** Documents share the mapper: a document must not begin with the depth of an abandoned one. */
    @Test
    void everyDocumentBeginsAtDepthZero() {
        try (JsonGenerator abandoned = mapper.writer().createGenerator(new StringWriter())) {
            abandoned.writeStartObject();
            abandoned.writeArrayPropertyStart("never");
            assertThat(write(object("a", List.of(Map.of())))).isEqualTo("{\"a\":[\n{}\n]}\n");
        }
        assertThat(write(object("a", List.of(Map.of())))).isEqualTo("{\"a\":[\n{}\n]}\n");
    }

    private String write(Object value) {
        return mapper.writeValueAsString(value);
    }

    private static Map<String, Object> object(Object... namesAndValues) {
        Map<String, Object> object = new LinkedHashMap<>();
        for (int at = 0; at < namesAndValues.length; at += 2) {
            object.put((String) namesAndValues[at], namesAndValues[at + 1]);
        }
        return object;
    }
}
