package io.switchboard.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.store.PostgresServer;
import io.switchboard.testkit.Api;
import io.switchboard.testkit.ChildService;
import io.switchboard.testkit.YamlFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The variants of compose and Kubernetes in which stored messages are in PostgreSQL. */
class PostgresVariantIT {
    private static final String URL = "SPRING_DATASOURCE_URL";
    private static final String USERNAME = "SPRING_DATASOURCE_USERNAME";
    private static final String PASSWORD = "SPRING_DATASOURCE_PASSWORD";
    private static final String VARIANT = "compose.postgresql.yaml";
    private static final Path SINGLE = Path.of("src/main/docker").resolve(VARIANT);
    private static final Path CLUSTER = Deployed.DOCKER.resolve(VARIANT);
    private static final String DATABASE = "switchboard-postgresql";

    private static JsonNode environment(Path compose, String service) throws IOException {
        return YamlFile.read(compose).at("/services/" + service + "/environment");
    }

    /** With the variables of compose, the service stores a message in PostgreSQL. */
    @Test
    void theServiceReadsTheVariables() throws Exception {
        Map<String, String> variables = new HashMap<>();
        environment(SINGLE, "switchboard")
                .forEachEntry((key, value) -> variables.put(key, value.asString()));
        assertThat(variables).containsOnlyKeys(URL, USERNAME, PASSWORD);
        try (PostgresServer server = PostgresServer.start()) {
            variables.put(URL, server.url());
            variables.put(USERNAME, "test");
            variables.put("SWITCHBOARD_DATA_DIRECTORY", "/nowhere");
            try (ChildService service = ChildService.startWithEnvironment(variables)) {
                Api.Answer stored = service.api().post("/send?to=meter-7&ttl=1h", "x");
                assertThat(stored.status()).as(stored.body()).isEqualTo(202);
            }
        }
    }

    @Test
    void theNodesOfAClusterHaveTheSameVariables() throws IOException {
        JsonNode single = environment(SINGLE, "switchboard");
        for (String node : Deployed.NODES) {
            assertThat(environment(CLUSTER, node)).isEqualTo(single);
        }
        List<String> optional = new ArrayList<>();
        for (JsonNode each : Deployed.pod("switchboard").at("/containers/0/env")) {
            if (each.at("/valueFrom/secretKeyRef/optional").asBoolean(false)) {
                optional.add(each.get("name").asString());
            }
        }
        assertThat(optional)
                .containsExactly("SWITCHBOARD_ADMIN_READTOKEN", URL, USERNAME, PASSWORD);
    }

    /**
     * The database and the user are those of the URL and the username, and no port is published.
     */
    @ParameterizedTest
    @ValueSource(strings = {"", "cluster"})
    void composeStartsTheDatabaseThatTheServiceUses(String folder) throws IOException {
        Path compose = Path.of("src/main/docker", folder, VARIANT);
        JsonNode service =
                environment(compose, folder.isEmpty() ? "switchboard" : Deployed.NODES.getFirst());
        JsonNode database = environment(compose, "postgresql");
        assertThat(service.get(URL).asString())
                .isEqualTo(
                        "jdbc:postgresql://postgresql/" + database.get("POSTGRES_DB").asString());
        assertThat(database.get("POSTGRES_USER")).isEqualTo(service.get(USERNAME));
        assertThat(database.get("POSTGRES_PASSWORD")).isEqualTo(service.get(PASSWORD));
        assertThat(service.get(PASSWORD).asString()).startsWith("${SWITCHBOARD_DB_PASSWORD:?");
        JsonNode postgresql = YamlFile.read(compose).at("/services/postgresql");
        assertThat(postgresql.has("ports")).isFalse();
        assertThat(YamlFile.read(compose).get("volumes").has("postgresql")).isTrue();
        if (!folder.isEmpty()) {
            assertThat(postgresql.get("networks").toString()).isEqualTo("[\"back\"]");
        }
    }

    @Test
    void theManifestsOfTheDatabaseAreValid() throws IOException {
        List<JsonNode> all = YamlFile.readAll(Deployed.KUBERNETES.resolve("postgresql"));
        assertThat(all).hasSize(3);
        assertThat(all).allSatisfy(each -> assertThat(KubernetesModel.faults(each)).isEmpty());
        JsonNode pods = all.getFirst().at("/spec/template");
        assertThat(pods.at("/spec/containers/0/securityContext/readOnlyRootFilesystem").asBoolean())
                .isTrue();
        JsonNode labels = pods.at("/metadata/labels");
        assertThat(all.get(0).at("/spec/selector/matchLabels")).isEqualTo(labels);
        assertThat(all.get(1).at("/spec/selector")).isEqualTo(labels);
        assertThat(all.get(1).at("/metadata/name").asString()).isEqualTo(DATABASE);
        assertThat(all.get(2).at("/spec/podSelector/matchLabels")).isEqualTo(labels);
        assertThat(all.get(2).at("/spec/ingress/0/from/0/podSelector/matchLabels"))
                .isEqualTo(
                        Deployed.manifest("Deployment", "switchboard")
                                .at("/spec/template/metadata/labels"));
    }
}
