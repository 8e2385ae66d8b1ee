package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** What this repository has to deploy several nodes with. */
final class Deployed {
    static final Path DOCKER = Path.of("src/main/docker/cluster");
    static final Path KUBERNETES = Path.of("src/main/kubernetes");
    static final Path HAPROXY = DOCKER.resolve("haproxy.cfg");
    static final List<String> NODES = List.of("node-1", "node-2", "node-3");

    /** What stands for every secret but the token that may read only. */
    static final String SECRET = "what-operators-show";

    private static final String READ_SECRET = "what-prometheus-shows";

    private Deployed() {}

    static JsonNode compose() throws IOException {
        return YamlFile.read(DOCKER.resolve("compose.yaml"));
    }

    static JsonNode composed(String name) throws IOException {
        JsonNode service = compose().at("/services/" + name);
        assertThat(service.isObject()).as(name).isTrue();
        return service;
    }

    /** The one object of that kind and name. */
    static JsonNode manifest(String kind, String name) throws IOException {
        List<JsonNode> found = new ArrayList<>();
        for (JsonNode each : YamlFile.readAll(KUBERNETES)) {
            if (each.at("/kind").asString().equals(kind)
                    && each.at("/metadata/name").asString().equals(name)) {
                found.add(each);
            }
        }
        assertThat(found).as(kind + " " + name).hasSize(1);
        return found.getFirst();
    }

    /** What each pod of this deployment is. */
    static JsonNode pod(String deployment) throws IOException {
        return manifest("Deployment", deployment).at("/spec/template/spec");
    }

    /** A node's environment as compose sets it, with {@link #SECRET} for whatever is secret. */
    static Map<String, String> composeEnvironment(String node) throws IOException {
        Map<String, String> variables = new LinkedHashMap<>();
        composed(node)
                .get("environment")
                .forEachEntry(
                        (key, value) -> {
                            String secret = key.contains("READTOKEN") ? READ_SECRET : SECRET;
                            variables.put(key, value.asString().replaceFirst("^\\$\\{.*", secret));
                        });
        return variables;
    }

    /** A node's environment as Kubernetes sets it. */
    static Map<String, String> kubernetesEnvironment() throws IOException {
        Map<String, String> variables = new LinkedHashMap<>();
        for (JsonNode each : pod("switchboard").at("/containers/0/env")) {
            String value =
                    each.has("value")
                            ? each.get("value").asString()
                            : each.at("/valueFrom").has("fieldRef")
                                    ? "switchboard-7d9f-x2x8k"
                                    : SECRET;
            variables.put(each.get("name").asString(), value);
        }
        return variables;
    }
}
