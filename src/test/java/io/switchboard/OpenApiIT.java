package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import tools.jackson.databind.JsonNode;

/**
 * Holds the running service against the API's document, so that neither moves without the other.
 * Where this fails after a change of the API, the same change belongs into {@link
 * ApiDocument#FILE}.
 */
@WithService
class OpenApiIT {
    /** What shows the document, and what the container asks for itself. */
    private static final Set<String> NOT_OF_THE_API = Set.of("/docs", "/error");

    private static final ApiDocument DOCUMENT = new ApiDocument();

    @Autowired private RunningService service;

    @Autowired
    @Qualifier("requestMappingHandlerMapping")
    private RequestMappingHandlerMapping handlers;

    @Autowired private List<ServletRegistrationBean<?>> servlets;
    private Api api;

    @BeforeEach
    void find() {
        api = service.api();
    }

    static Stream<ApiDocument.Operation> own() {
        return DOCUMENT.ownOperations().stream();
    }

    static Stream<ApiDocument.Operation> all() {
        return DOCUMENT.operations().stream();
    }

    @Test
    void servesTheCommittedDocument() {
        Api.Answer answer = api.get("/openapi.json");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).startsWith("application/json");
        assertThat(answer.body()).isEqualTo(ApiDocument.text());
        assertThat(answer.json().get("openapi").asString()).startsWith("3.1.");
    }

    @Test
    void hasEveryPathAndNoOther() {
        Stream<String> springs =
                handlers.getHandlerMethods().keySet().stream()
                        .flatMap(each -> each.getPatternValues().stream());
        Stream<String> others =
                servlets.stream()
                        .map(ServletRegistrationBean::getUrlMappings)
                        .flatMap(Collection::stream)
                        .filter(each -> !each.equals("/"));
        assertThat(own().map(ApiDocument.Operation::path).distinct())
                .as("paths of %s", ApiDocument.FILE)
                .containsExactlyInAnyOrderElementsOf(
                        Stream.concat(springs, others)
                                .filter(each -> !NOT_OF_THE_API.contains(each))
                                .collect(Collectors.toCollection(TreeSet::new)));
    }

    /** The service itself says which methods it takes. */
    @ParameterizedTest
    @MethodSource("own")
    void hasEveryMethodOfAPathAndNoOther(ApiDocument.Operation operation) {
        Api.Answer answer =
                api.answer(
                        api.request(operation.examplePath())
                                .method("BREW", HttpRequest.BodyPublishers.noBody()));
        assertThat(answer.status()).isEqualTo(405);
        Set<String> taken = new TreeSet<>(List.of(answer.header("Allow").split(", ")));
        taken.remove("HEAD"); // goes with GET
        // /peers/close is a peer called so, for other methods
        assertThat(own().filter(each -> each.isAt(operation.examplePath())))
                .extracting(ApiDocument.Operation::method)
                .containsExactlyInAnyOrderElementsOf(taken);
    }

    /** The service itself says which parameters it knows: in the 400 for one that it does not. */
    @ParameterizedTest
    @MethodSource("own")
    void hasEveryParameterAndNoOther(ApiDocument.Operation operation) {
        Api.Answer answer = ask(operation, "?zzz=1", "text/plain", "hello");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(operation.objections(answer)).isEmpty();
        assertThat(operation.parameters("query").map(each -> each.get("name").asString()))
                .as("query parameters of %s", operation)
                .containsExactlyInAnyOrderElementsOf(known(answer));
    }

    /** The same for fields of JSON. */
    @ParameterizedTest
    @MethodSource("own")
    void hasEveryFieldAndNoOther(ApiDocument.Operation operation) {
        JsonNode json = operation.bodies().get("application/json");
        if (json != null) {
            Api.Answer answer = ask(operation, "", "application/json", "{\"zzz\":1}");
            assertThat(answer.status()).isEqualTo(400);
            assertThat(operation.objections(answer)).isEmpty();
            JsonNode schema = DOCUMENT.resolve(json.get("schema"));
            assertThat(schema.get("properties").propertyNames())
                    .as("fields of %s", operation)
                    .containsExactlyInAnyOrderElementsOf(known(answer));
        }
    }

    private Api.Answer ask(ApiDocument.Operation of, String query, String type, String body) {
        HttpRequest.BodyPublisher publisher =
                of.bodies().isEmpty()
                        ? HttpRequest.BodyPublishers.noBody()
                        : HttpRequest.BodyPublishers.ofString(body);
        return api.answer(
                api.request(of.examplePath() + query)
                        .header("Content-Type", type)
                        .method(of.method(), publisher));
    }

    private static List<String> known(Api.Answer refusal) {
        String detail = refusal.json().get("detail").asString();
        if (detail.endsWith("none is taken here")) {
            return List.of();
        }
        assertThat(detail).contains("known are ");
        return Arrays.asList(detail.replaceFirst(".*known are ", "").split(", "));
    }

    /** Its answers are in {@link ApiExamplesIT}. */
    @ParameterizedTest
    @MethodSource("all")
    void saysOfEveryOperationWhatItDoesAndWhatMayGoWrong(ApiDocument.Operation operation) {
        assertThat(operation.node().get("summary").asString()).isNotBlank();
        assertThat(operation.node().get("tags").size()).isEqualTo(1);
        operation
                .responses()
                .forEach(
                        (status, response) -> {
                            boolean health = operation.path().startsWith("/actuator/health");
                            if (status.charAt(0) > '2' && !health) {
                                assertThat(response.get("content").propertyNames())
                                        .as("%s %s", operation, status)
                                        .containsExactly(ApiDocument.PROBLEM);
                            }
                        });
    }

    @ParameterizedTest
    @MethodSource("all")
    void hasExamplesThatFitTheirSchemas(ApiDocument.Operation operation) {
        List<JsonNode> media = new ArrayList<>(operation.bodies().values());
        operation.responses().values().stream()
                .map(each -> each.get("content"))
                .filter(Objects::nonNull)
                .forEach(content -> content.forEach(media::add));
        for (JsonNode each : media) {
            assertThat(ApiDocument.examples(each)).as("examples in %s", each).isNotEmpty();
        }
        media.addAll(operation.parameters("query").filter(p -> p.has("example")).toList());
        for (JsonNode each : media) {
            assertThat(ApiDocument.examples(each))
                    .allSatisfy(
                            example ->
                                    assertThat(DOCUMENT.objections(each.get("schema"), example))
                                            .as("%s: %s", operation, example)
                                            .isEmpty());
        }
    }
}
