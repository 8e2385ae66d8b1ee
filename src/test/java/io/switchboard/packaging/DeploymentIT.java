package io.switchboard.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.ChildService;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A node accepts every key that compose and Kubernetes set, and starts without Redis. */
class DeploymentIT {
    private static final String METADATA = "META-INF/spring-configuration-metadata.json";

    static Stream<Map<String, String>> environments() throws IOException {
        return Stream.of(Deployed.composeEnvironment("node-1"), Deployed.kubernetesEnvironment());
    }

    @ParameterizedTest
    @MethodSource("environments")
    void startsTheServiceWithKeysThatExist(Map<String, String> environment) throws Exception {
        Map<String, String> here = new LinkedHashMap<>(environment);
        assertThat(here).containsKeys("SPRING_DATA_REDIS_HOST", "SPRING_DATA_REDIS_PASSWORD");
        here.put("SPRING_DATA_REDIS_HOST", "127.0.0.1");
        here.put("SPRING_DATA_REDIS_PORT", "1");
        // every pod has these, and Spring Boot detects Kubernetes by them
        here.put("KUBERNETES_SERVICE_HOST", "10.0.0.1");
        here.put("KUBERNETES_SERVICE_PORT", "443");
        try (ChildService started = ChildService.startWithEnvironment(here)) {
            Api api = started.api();
            for (String group : List.of("readiness", "liveness")) {
                // the service accepts traffic a moment after it has logged that it is ready
                await(group).until(() -> api.get("/actuator/health/" + group).status() == 200);
            }
            assertThat(api.get("/actuator/health").status()).isEqualTo(503);
            assertThat(api.get("/nodes").status()).isEqualTo(401);
            Api.Answer nodes =
                    api.answer(
                            api.request("/nodes")
                                    .header("Authorization", "Bearer " + Deployed.SECRET)
                                    .GET());
            assertThat(nodes.json().at("/nodes/0/name").asString())
                    .isEqualTo(environment.get("SWITCHBOARD_CLUSTER_NODE"));
        }
    }

    /** The service itself refuses only unknown keys of its own; Spring ignores the others. */
    @ParameterizedTest
    @MethodSource("environments")
    void setsKeysThatSpringKnows(Map<String, String> environment) throws IOException {
        Set<String> known = known();
        assertThat(known).contains("springdataredishost");
        assertThat(environment.keySet())
                .filteredOn(key -> !key.startsWith("SWITCHBOARD_"))
                .isNotEmpty()
                .allSatisfy(
                        key ->
                                assertThat(known)
                                        .contains(key.replace("_", "").toLowerCase(Locale.ROOT)));
    }

    private static Set<String> known() throws IOException {
        Set<String> names = new HashSet<>();
        for (URL url :
                Collections.list(DeploymentIT.class.getClassLoader().getResources(METADATA))) {
            try (InputStream in = url.openStream()) {
                for (JsonNode each : JsonMapper.shared().readTree(in).get("properties")) {
                    names.add(each.get("name").asString().replaceAll("[.-]", ""));
                }
            }
        }
        return names;
    }
}
