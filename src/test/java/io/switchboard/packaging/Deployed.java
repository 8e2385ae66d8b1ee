package io.switchboard.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.YamlFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Reads the compose file and the Kubernetes manifests that deploy several nodes. */
public final class Deployed {
    static final Path DOCKER = Path.of("src/main/docker/cluster");
    static final Path KUBERNETES = Path.of("src/main/kubernetes");
    public static final Path HAPROXY = DOCKER.resolve("haproxy.cfg");
    static final List<String> NODES = List.of("node-1", "node-2", "node-3");

    /** The test value of every secret except the read token. */
    public static final String SECRET = "what-operators-show";

    private static final String READ_SECRET = "what-prometheus-shows";

    private Deployed() {}

    public static JsonNode compose() throws IOException {
        return YamlFile.read(DOCKER.resolve("compose.yaml"));
    }

    static JsonNode composed(String name) throws IOException {
        JsonNode service = compose().at("/services/" + name);
        assertThat(service.isObject()).as(name).isTrue();
        return service;
    }

    /** Returns the one object of a kind and name. */
    public static JsonNode manifest(String kind, String name) throws IOException {
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

    /** Returns the pod specification of a deployment. */
    static JsonNode pod(String deployment) throws IOException {
        return manifest("Deployment", deployment).at("/spec/template/spec");
    }

    /** Returns the environment that compose sets for a node, with {@link #SECRET} for secrets. */
    public static Map<String, String> composeEnvironment(String node) throws IOException {
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

    /** Returns the environment that Kubernetes sets for a node, without optional secrets. */
    public static Map<String, String> kubernetesEnvironment() throws IOException {
        Map<String, String> variables = new LinkedHashMap<>();
        for (JsonNode each : pod("switchboard").at("/containers/0/env")) {
            if (each.at("/valueFrom/secretKeyRef/optional").asBoolean(false)) {
                continue;
            }
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
