package io.switchboard.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
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
 * Compares the running service with the OpenAPI document, so that neither changes without the
 * other. If a test fails after a change of the API, make the same change in {@link
 * ApiDocument#FILE}.
 */
@WithService
class OpenApiIT {
    /** The page that shows the document, and the path of the container's error dispatch. */
    private static final Set<String> NOT_OF_THE_API =
            Set.of("/docs", "/docs/{name}", "/docs/search", "/error");

    private static final ApiDocument DOCUMENT = new ApiDocument();

    @Autowired private RunningService service;

    @Autowired
    @Qualifier("requestMappingHandlerMapping")
    private RequestMappingHandlerMapping handlers;

    @Autowired private List<ServletRegistrationBean<?>> servlets;
    private Api api;

    @BeforeEach
    void findApi() {
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
    void documentsEveryPathAndNoOther() {
        Stream<String> annotated =
                handlers.getHandlerMethods().keySet().stream()
                        .flatMap(each -> each.getPatternValues().stream());
        Stream<String> registered =
                servlets.stream()
                        .map(ServletRegistrationBean::getUrlMappings)
                        .flatMap(Collection::stream)
                        .filter(each -> !each.equals("/"));
        assertThat(own().map(ApiDocument.Operation::path).distinct())
                .as("paths of %s", ApiDocument.FILE)
                .containsExactlyInAnyOrderElementsOf(
                        Stream.concat(annotated, registered)
                                .filter(each -> !NOT_OF_THE_API.contains(each))
                                .collect(Collectors.toCollection(TreeSet::new)));
    }

    /** The service lists its methods in the Allow header of a 405. */
    @ParameterizedTest
    @MethodSource("own")
    void documentsEveryMethodOfAPathAndNoOther(ApiDocument.Operation operation) {
        Api.Answer answer =
                api.answer(
                        api.request(operation.examplePath())
                                .method("BREW", HttpRequest.BodyPublishers.noBody()));
        assertThat(answer.status()).isEqualTo(405);
        Set<String> allowed = new TreeSet<>(List.of(answer.header("Allow").split(", ")));
        allowed.remove("HEAD"); // documented with GET
        // for methods other than POST, /peers/close is the peer with the name close
        assertThat(own().filter(each -> each.isAt(operation.examplePath())))
                .extracting(ApiDocument.Operation::method)
                .containsExactlyInAnyOrderElementsOf(allowed);
    }

    /** The service lists its parameters in the 400 for an unknown one. */
    @ParameterizedTest
    @MethodSource("own")
    void documentsEveryParameterAndNoOther(ApiDocument.Operation operation) {
        Api.Answer answer = send(operation, "?zzz=1", "text/plain", "hello");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(operation.objections(answer)).isEmpty();
        assertThat(operation.parameters("query").map(each -> each.get("name").asString()))
                .as("query parameters of %s", operation)
                .containsExactlyInAnyOrderElementsOf(known(answer));
    }

    /** The service lists the fields of a JSON body in the 400 for an unknown one. */
    @ParameterizedTest
    @MethodSource("own")
    void documentsEveryFieldAndNoOther(ApiDocument.Operation operation) {
        JsonNode json = operation.bodies().get("application/json");
        if (json != null) {
            Api.Answer answer = send(operation, "", "application/json", "{\"zzz\":1}");
            assertThat(answer.status()).isEqualTo(400);
            assertThat(operation.objections(answer)).isEmpty();
            JsonNode schema = DOCUMENT.resolve(json.get("schema"));
            assertThat(schema.get("properties").propertyNames())
                    .as("fields of %s", operation)
                    .containsExactlyInAnyOrderElementsOf(known(answer));
        }
    }

    private Api.Answer send(
            ApiDocument.Operation operation, String query, String type, String body) {
        HttpRequest.BodyPublisher publisher =
                operation.bodies().isEmpty()
                        ? HttpRequest.BodyPublishers.noBody()
                        : HttpRequest.BodyPublishers.ofString(body);
        return api.answer(
                api.request(operation.examplePath() + query)
                        .header("Content-Type", type)
                        .method(operation.method(), publisher));
    }

    private static List<String> known(Api.Answer refusal) {
        String detail = refusal.json().get("detail").asString();
        if (detail.endsWith("none is taken here")) {
            return List.of();
        }
        assertThat(detail).contains("known are ");
        return Arrays.asList(detail.replaceFirst(".*known are ", "").split(", "));
    }

    /** ApiExamplesIT checks the example answers. */
    @ParameterizedTest
    @MethodSource("all")
    void documentsASummaryATagAndProblemsForEveryOperation(ApiDocument.Operation operation) {
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
    void hasExamplesThatMatchTheirSchemas(ApiDocument.Operation operation) {
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
