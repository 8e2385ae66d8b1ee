package io.switchboard.http;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.switchboard.testkit.Api;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The committed OpenAPI 3.1 document of the API, whose schemas are JSON Schema 2020-12. */
public final class ApiDocument {
    static final Path FILE = Path.of("src/main/resources/static/openapi.json");
    static final String PROBLEM = "application/problem+json";

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final SchemaRegistry SCHEMAS =
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    private final JsonNode root;

    public ApiDocument() {
        root = JSON.readTree(text());
    }

    /** Returns the text of the file in the source tree. */
    static String text() {
        try {
            return Files.readString(FILE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    JsonNode root() {
        return root;
    }

    public List<Operation> operations() {
        List<Operation> operations = new ArrayList<>();
        for (Map.Entry<String, JsonNode> path : root.get("paths").properties()) {
            for (Map.Entry<String, JsonNode> each : path.getValue().properties()) {
                String method = each.getKey().toUpperCase(Locale.ROOT);
                operations.add(new Operation(this, method, path.getKey(), each.getValue()));
            }
        }
        return operations;
    }

    /**
     * Returns the operations that Switchboard implements: all except those of Spring's actuator.
     */
    List<Operation> ownOperations() {
        return operations().stream().filter(each -> !each.path().startsWith("/actuator")).toList();
    }

    Operation operation(String id) {
        return operations().stream()
                .filter(each -> each.node().get("operationId").asString().equals(id))
                .findFirst()
                .orElseThrow();
    }

    /**
     * Returns the node that a {@code $ref} refers to, or the given node if it is not a reference.
     */
    JsonNode resolve(JsonNode node) {
        JsonNode reference = node.get("$ref");
        return reference == null ? node : root.at(reference.asString().substring(1));
    }

    /** Returns the violations of a schema of the document by a value. */
    public List<String> objections(JsonNode schema, @Nullable JsonNode value) {
        ObjectNode standalone = JSON.createObjectNode();
        standalone.set("components", root.get("components"));
        standalone.setAll((ObjectNode) schema);
        Schema validator = SCHEMAS.getSchema(standalone);
        return validator.validate(value == null ? JSON.nullNode() : value).stream()
                .map(Object::toString)
                .toList();
    }

    /**
     * Returns a body as the value that its schema describes: parsed if it is JSON, otherwise a
     * string.
     *
     * @param type the media type without parameters
     */
    static JsonNode value(String type, String body) {
        return type.endsWith("json") && !type.contains("ndjson")
                ? JSON.readTree(body)
                : JSON.getNodeFactory().stringNode(body);
    }

    /**
     * Returns the {@code example} of a media type object, or the values of its {@code examples}.
     */
    public static Stream<JsonNode> examples(JsonNode media) {
        JsonNode single = media.get("example");
        JsonNode several = media.get("examples");
        return single != null
                ? Stream.of(single)
                : several == null
                        ? Stream.of()
                        : several.properties().stream().map(each -> each.getValue().get("value"));
    }

    /** One HTTP method of one path. */
    public record Operation(ApiDocument document, String method, String path, JsonNode node) {

        public Stream<JsonNode> parameters(String in) {
            JsonNode parameters = node.get("parameters");
            return parameters == null
                    ? Stream.of()
                    : parameters
                            .valueStream()
                            .map(document::resolve)
                            .filter(each -> each.get("in").asString().equals(in));
        }

        /** Returns the documented responses by status. */
        Map<String, JsonNode> responses() {
            Map<String, JsonNode> responses = new TreeMap<>();
            node.get("responses")
                    .properties()
                    .forEach(
                            each ->
                                    responses.put(
                                            each.getKey(), document.resolve(each.getValue())));
            return responses;
        }

        /** Returns the documented status of success, which is the lowest. */
        public int success() {
            return Integer.parseInt(responses().keySet().iterator().next());
        }

        /** Returns the request bodies by media type; empty if the operation has no request body. */
        public Map<String, JsonNode> bodies() {
            JsonNode body = node.get("requestBody");
            Map<String, JsonNode> bodies = new TreeMap<>();
            if (body != null) {
                body.get("content").properties().forEach(e -> bodies.put(e.getKey(), e.getValue()));
            }
            return bodies;
        }

        /** Returns the path with the examples of its variables filled in. */
        public String examplePath() {
            String filled = path;
            for (JsonNode each : parameters("path").toList()) {
                filled =
                        filled.replace(
                                "{" + each.get("name").asString() + "}",
                                each.get("example").asString());
            }
            return filled;
        }

        /** Returns whether the path of a request matches the path of this operation. */
        boolean isAt(String requestPath) {
            return requestPath.matches(path.replaceAll("\\{[a-z]+}", "[^/]+"));
        }

        /** Returns the differences between an answer and the document. */
        public List<String> objections(Api.Answer answer) {
            JsonNode response = responses().get(String.valueOf(answer.status()));
            if (response == null) {
                return List.of("status " + answer.status() + " is not documented");
            }
            JsonNode content = response.get("content");
            String type = answer.header("Content-Type").replaceFirst(";.*", "");
            if (content == null) {
                return answer.body().isEmpty() ? List.of() : List.of("a body: " + answer.body());
            }
            JsonNode media = content.get(type);
            if (media == null) {
                return List.of(type + " is not documented for " + answer.status());
            }
            if (type.equals("application/x-ndjson")) {
                return answer.body()
                        .lines()
                        .flatMap(
                                line ->
                                        document
                                                .objections(
                                                        media.get("schema"), JSON.readTree(line))
                                                .stream())
                        .toList();
            }
            return document.objections(media.get("schema"), value(type, answer.body()));
        }

        @Override
        public String toString() {
            return method + " " + path;
        }
    }
}
