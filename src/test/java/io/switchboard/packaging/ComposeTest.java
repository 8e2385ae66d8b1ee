package io.switchboard.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.YamlFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.convert.DurationStyle;
import tools.jackson.databind.JsonNode;

/**
 * The compose file of three nodes has only keys that compose knows, no secrets by default, and
 * consistent names and ports.
 */
class ComposeTest {
    private static final Pattern SERVER =
            Pattern.compile("^    server (\\S+) ([\\w-]+):(\\d+)", Pattern.MULTILINE);

    /** The keys of a service that compose knows and this file may use. */
    private static final Set<String> SERVICE_KEYS =
            Set.of(
                    "build",
                    "cap_drop",
                    "command",
                    "configs",
                    "depends_on",
                    "environment",
                    "healthcheck",
                    "image",
                    "networks",
                    "ports",
                    "restart",
                    "secrets",
                    "security_opt",
                    "stop_grace_period",
                    "sysctls",
                    "ulimits",
                    "user",
                    "volumes");

    private static final Set<String> HEALTHCHECK_KEYS =
            Set.of("test", "interval", "timeout", "retries", "start_period");

    @Test
    void hasNoKeyThatComposeDoesNotKnow() throws IOException {
        JsonNode compose = Deployed.compose();
        assertThat(compose.propertyNames())
                .filteredOn(key -> !key.startsWith("x-"))
                .containsExactlyInAnyOrder(
                        "name", "services", "configs", "secrets", "networks", "volumes");
        assertThat(compose.get("services")).hasSize(7);
        compose.get("services")
                .forEachEntry(
                        (name, service) -> {
                            assertThat(SERVICE_KEYS).as(name).containsAll(service.propertyNames());
                            assertThat(HEALTHCHECK_KEYS)
                                    .as(name)
                                    .containsAll(service.path("healthcheck").propertyNames());
                        });
    }

    /** If a variable is missing in the environment, compose stops with a message that names it. */
    @Test
    void hasNoSecretByDefault() throws IOException {
        String text = Files.readString(Deployed.DOCKER.resolve("compose.yaml"));
        assertThat(Pattern.compile("(?m)^(?!#).*\\$\\{").matcher(text).results()).hasSize(5);
        assertThat(Pattern.compile("\\$\\{[A-Z_]+:\\?[^}]+}").matcher(text).results()).hasSize(5);
    }

    @ParameterizedTest
    @ValueSource(strings = {"haproxy", "prometheus", "grafana"})
    void publishesOnLoopbackOnlyAndMountsExistingFiles(String name) throws IOException {
        JsonNode composed = Deployed.composed(name);
        assertThat(composed.get("ports"))
                .isNotEmpty()
                .allSatisfy(port -> assertThat(port.asString()).startsWith("127.0.0.1:"));
        for (JsonNode volume : composed.get("volumes")) {
            String from = volume.asString().split(":", 2)[0];
            if (from.startsWith(".")) {
                assertThat(Deployed.DOCKER.resolve(from)).exists();
            }
        }
    }

    /** Only the nodes share a network with Redis. */
    @Test
    void nodesAndRedisPublishNoPorts() throws IOException {
        List<String> back = new ArrayList<>();
        Deployed.compose()
                .get("services")
                .forEachEntry(
                        (name, service) -> {
                            if (service.get("networks").toString().contains("\"back\"")) {
                                back.add(name);
                                assertThat(service.has("ports")).as(name).isFalse();
                            }
                        });
        assertThat(back).containsExactlyInAnyOrder("node-1", "node-2", "node-3", "redis");
        assertThat(Deployed.composed("redis").get("networks")).hasSize(1);
        assertThat(Deployed.compose().at("/networks/back/internal").asBoolean()).isTrue();
    }

    @Test
    void nodesDifferOnlyInTheirNames() throws IOException {
        for (String node : Deployed.NODES) {
            Map<String, String> environment = Deployed.composeEnvironment(node);
            assertThat(environment).containsEntry("SWITCHBOARD_CLUSTER_NODE", node);
            assertThat(environment).containsEntry("SPRING_DATA_REDIS_HOST", "redis");
            environment.put("SWITCHBOARD_CLUSTER_NODE", "node-1");
            assertThat(environment).isEqualTo(Deployed.composeEnvironment("node-1"));
        }
    }

    @Test
    void nodesTrustOnlyTheProxy() throws IOException {
        assertThat(Deployed.composeEnvironment("node-1"))
                .containsEntry(
                        "SWITCHBOARD_LISTENERS_DEFAULT_TRUSTEDPROXIES",
                        Deployed.composed("haproxy").at("/networks/front/ipv4_address").asString());
    }

    @Test
    void theGracePeriodIsLongerThanTheDrain() throws IOException {
        JsonNode phase =
                YamlFile.read(Path.of("src/main/resources/application.yaml"))
                        .at("/spring/lifecycle/timeout-per-shutdown-phase");
        for (String node : Deployed.NODES) {
            assertThat(duration(Deployed.composed(node).get("stop_grace_period")))
                    .isGreaterThan(duration(phase).plusSeconds(5));
        }
    }

    private static Duration duration(JsonNode value) {
        return DurationStyle.detectAndParse(value.asString());
    }

    @Test
    void haproxyServesEveryNodeAtThePortsOfTheService() throws IOException {
        JsonNode application = YamlFile.read(Path.of("src/main/resources/application.yaml"));
        String sockets = application.at("/switchboard/listeners/default/port").asString();
        String http = application.at("/server/port").asString();
        List<String> expected = new ArrayList<>();
        for (String port : List.of(sockets, http)) {
            Deployed.NODES.forEach(node -> expected.add(node + " " + node + ":" + port));
        }
        Matcher servers = SERVER.matcher(Files.readString(Deployed.HAPROXY));
        assertThat(servers.results().map(r -> r.group(1) + " " + r.group(2) + ":" + r.group(3)))
                .containsExactlyElementsOf(expected);
        assertThat(Deployed.HAPROXY).content().contains("check port " + http + " ");
    }

    @Test
    void prometheusScrapesEveryNode() throws IOException {
        JsonNode job =
                YamlFile.read(Deployed.DOCKER.resolve("prometheus.yml")).at("/scrape_configs/0");
        List<String> targets = new ArrayList<>();
        job.at("/static_configs/0/targets").forEach(each -> targets.add(each.asString()));
        assertThat(targets).containsExactly("node-1:8080", "node-2:8080", "node-3:8080");
        assertThat(job.at("/authorization/credentials_file").asString())
                .isEqualTo("/run/secrets/read-token");
        assertThat(Deployed.composed("prometheus").at("/secrets/0").asString())
                .isEqualTo("read-token");
    }

    /** The nodes use the health check of the image, which does not include Redis. */
    @Test
    void aNodeIsHealthyWithoutRedis() throws IOException {
        assertThat(Deployed.composed("node-1").has("healthcheck")).isFalse();
        assertThat(Path.of("Dockerfile")).content().contains("GET /actuator/health/readiness HTTP");
    }
}
