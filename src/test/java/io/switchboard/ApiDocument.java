package io.switchboard;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
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

/** The API's document as it is committed: OpenAPI 3.1, whose schemas are JSON Schema's. */
final class ApiDocument {
    static final Path FILE = Path.of("src/main/resources/static/openapi.json");
    static final String PROBLEM = "application/problem+json";

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final SchemaRegistry SCHEMAS =
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    private final JsonNode root;

    ApiDocument() {
        root = JSON.readTree(text());
    }

    /** As it is in the sources. */
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

    List<Operation> operations() {
        List<Operation> operations = new ArrayList<>();
        for (Map.Entry<String, JsonNode> path : root.get("paths").properties()) {
            for (Map.Entry<String, JsonNode> each : path.getValue().properties()) {
                String method = each.getKey().toUpperCase(Locale.ROOT);
                operations.add(new Operation(this, method, path.getKey(), each.getValue()));
            }
        }
        return operations;
    }

    /** Those that are not Spring's own. */
    List<Operation> ownOperations() {
        return operations().stream().filter(each -> !each.path().startsWith("/actuator")).toList();
    }

    Operation operation(String id) {
        return operations().stream()
                .filter(each -> each.node().get("operationId").asString().equals(id))
                .findFirst()
                .orElseThrow();
    }

    /** What a reference refers to, or the node itself where it is none. */
    JsonNode resolve(JsonNode node) {
        JsonNode reference = node.get("$ref");
        return reference == null ? node : root.at(reference.asString().substring(1));
    }

    /** What is wrong with a value by this schema of the document. */
    List<String> objections(JsonNode schema, @Nullable JsonNode value) {
        ObjectNode alone = JSON.createObjectNode();
        alone.set("components", root.get("components"));
        alone.setAll((ObjectNode) schema);
        Schema judge = SCHEMAS.getSchema(alone);
        return judge.validate(value == null ? JSON.nullNode() : value).stream()
                .map(Object::toString)
                .toList();
    }

    /**
     * A value as the schema of its media type sees it.
     *
     * @param type without parameters
     */
    static JsonNode value(String type, String body) {
        return type.endsWith("json") && !type.contains("ndjson")
                ? JSON.readTree(body)
                : JSON.getNodeFactory().stringNode(body);
    }

    /** One example of a media type object, under its name, or those under {@code examples}. */
    static Stream<JsonNode> examples(JsonNode media) {
        JsonNode one = media.get("example");
        JsonNode many = media.get("examples");
        return one != null
                ? Stream.of(one)
                : many == null
                        ? Stream.of()
                        : many.properties().stream().map(each -> each.getValue().get("value"));
    }

    /** One verb at one path. */
    record Operation(ApiDocument document, String method, String path, JsonNode node) {

        Stream<JsonNode> parameters(String in) {
            JsonNode parameters = node.get("parameters");
            return parameters == null
                    ? Stream.of()
                    : parameters
                            .valueStream()
                            .map(document::resolve)
                            .filter(each -> each.get("in").asString().equals(in));
        }

        /** By status. */
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

        /** What it answers when all goes well. */
        int success() {
            return Integer.parseInt(responses().keySet().iterator().next());
        }

        /** Its bodies by media type; none where it takes none. */
        Map<String, JsonNode> bodies() {
            JsonNode body = node.get("requestBody");
            Map<String, JsonNode> bodies = new TreeMap<>();
            if (body != null) {
                body.get("content").properties().forEach(e -> bodies.put(e.getKey(), e.getValue()));
            }
            return bodies;
        }

        /** The path, with the examples of what is variable in it. */
        String examplePath() {
            String spelled = path;
            for (JsonNode each : parameters("path").toList()) {
                spelled =
                        spelled.replace(
                                "{" + each.get("name").asString() + "}",
                                each.get("example").asString());
            }
            return spelled;
        }

        /** Whether a request for this path could be for it. */
        boolean isAt(String asked) {
            return asked.matches(path.replaceAll("\\{[a-z]+}", "[^/]+"));
        }

        /** What is wrong with an answer by the document. */
        List<String> objections(Api.Answer answer) {
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
