package io.switchboard.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.YamlFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.convert.DurationStyle;
import tools.jackson.databind.JsonNode;

/** The manifests are valid, and agree with each other and with the service. */
class KubernetesTest {

    @Test
    void everyManifestIsValid() throws IOException {
        List<JsonNode> all = YamlFile.readAll(Deployed.KUBERNETES);
        assertThat(all).hasSizeGreaterThan(8);
        assertThat(all).allSatisfy(each -> assertThat(KubernetesModel.faults(each)).isEmpty());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    {apiVersion: v1, kind: Servise}                                       | unknown kind
                    {apiVersion: v1, kind: Deployment}                                    | unknown kind
                    {apiVersion: v1, kind: Service, spec: {port: []}}                     | Service.spec: unknown field port
                    {apiVersion: v1, kind: Service, spec: {ports: [{port: http}]}}        | ports[0].port: "http"
                    {apiVersion: v1, kind: Service, spec: {ports: [{name: http}]}}        | ports[0]: port is missing
                    {apiVersion: v1, kind: Service, spec: {ports: {port: 80}}}            | ports: {"port":80}
                    {apiVersion: v1, kind: Service, spec: http}                           | spec: "http"
                    {apiVersion: v1, kind: Service, spec: {selector: {app: 1}}}           | selector.app: 1
                    {apiVersion: v1, kind: ServiceAccount, automountServiceAccountToken: "no"} | "no" is not true or false
                    {apiVersion: apps/v1, kind: Deployment, spec: {selector: {}, template: {spec: {containers: [{name: a, resources: {limits: {memory: 1Gb}}}]}}}} | limits.memory: "1Gb"
                    """)
    void refusesInvalidManifests(String manifest, String fault) {
        assertThat(KubernetesModel.faults(YamlFile.documents(manifest).getFirst()))
                .anySatisfy(each -> assertThat(each).contains(fault));
    }

    @ParameterizedTest
    @ValueSource(strings = {"switchboard", "switchboard-redis"})
    void podsHaveNoUnnecessaryPrivileges(String deployment) throws IOException {
        JsonNode pod = Deployed.pod(deployment);
        assertThat(pod.at("/automountServiceAccountToken").asBoolean(true)).isFalse();
        assertThat(pod.at("/securityContext/runAsNonRoot").asBoolean()).isTrue();
        assertThat(pod.at("/securityContext/seccompProfile/type").asString())
                .isEqualTo("RuntimeDefault");
        JsonNode container = pod.at("/containers/0/securityContext");
        assertThat(container.at("/readOnlyRootFilesystem").asBoolean()).isTrue();
        assertThat(container.at("/allowPrivilegeEscalation").asBoolean(true)).isFalse();
        assertThat(container.at("/capabilities/drop/0").asString()).isEqualTo("ALL");
    }

    /** Otherwise Kubernetes would set SWITCHBOARD_API_PORT for the service switchboard-api. */
    @Test
    void servicesSetNoKeysInTheEnvironment() throws IOException {
        assertThat(Deployed.pod("switchboard").at("/enableServiceLinks").asBoolean(true)).isFalse();
    }

    @Test
    void runsAsTheUserOfTheImage() throws IOException {
        String user = Deployed.pod("switchboard").at("/securityContext/runAsUser").asString();
        assertThat(Path.of("Dockerfile")).content().contains("\nUSER " + user + ":" + user + "\n");
    }

    @Test
    void theGracePeriodIsLongerThanTheDrain() throws IOException {
        JsonNode phase =
                YamlFile.read(Path.of("src/main/resources/application.yaml"))
                        .at("/spring/lifecycle/timeout-per-shutdown-phase");
        Duration longest = DurationStyle.detectAndParse(phase.asString());
        int grace = Deployed.pod("switchboard").at("/terminationGracePeriodSeconds").asInt();
        assertThat(Duration.ofSeconds(grace)).isGreaterThan(longest.plusSeconds(5));
    }

    /** No probe reads /actuator/health, which includes Redis. */
    @ParameterizedTest
    @CsvSource({"startupProbe,liveness", "livenessProbe,liveness", "readinessProbe,readiness"})
    void probesDoNotDependOnRedis(String probe, String group) throws IOException {
        JsonNode request = Deployed.pod("switchboard").at("/containers/0/" + probe + "/httpGet");
        assertThat(request.at("/path").asString()).isEqualTo("/actuator/health/" + group);
        assertThat(request.at("/port").asString()).isEqualTo("health");
    }

    @ParameterizedTest
    @CsvSource({
        "switchboard,switchboard",
        "switchboard-api,switchboard",
        "switchboard-redis,switchboard-redis"
    })
    void servicesTargetPortsThatPodsHave(String name, String deployment) throws IOException {
        JsonNode service = Deployed.manifest("Service", name).at("/spec");
        JsonNode template = Deployed.manifest("Deployment", deployment).at("/spec/template");
        assertThat(service.at("/selector")).isEqualTo(template.at("/metadata/labels"));
        JsonNode ports = template.at("/spec/containers/0/ports");
        for (JsonNode port : service.at("/ports")) {
            assertThat(ports)
                    .anySatisfy(
                            each -> {
                                assertThat(each.at("/name")).isEqualTo(port.at("/targetPort"));
                                assertThat(each.at("/containerPort")).isEqualTo(port.at("/port"));
                            });
        }
    }

    @Test
    void podsExposeThePortsOfTheConfiguration() throws IOException {
        JsonNode application = YamlFile.read(Path.of("src/main/resources/application.yaml"));
        Matcher health =
                Pattern.compile("SWITCHBOARD_HTTP_HEALTH_PORT=(\\d+)")
                        .matcher(Files.readString(Path.of("Dockerfile")));
        assertThat(health.find()).isTrue();
        List<Integer> ports = new ArrayList<>();
        Deployed.pod("switchboard")
                .at("/containers/0/ports")
                .forEach(port -> ports.add(port.get("containerPort").asInt()));
        assertThat(ports)
                .containsExactly(
                        application.at("/switchboard/listeners/default/port").asInt(),
                        application.at("/server/port").asInt(),
                        Integer.parseInt(health.group(1)));
    }

    @Test
    void everySelectorOfNodesMatchesTheirLabels() throws IOException {
        JsonNode deployment = Deployed.manifest("Deployment", "switchboard").get("spec");
        JsonNode labels = deployment.at("/template/metadata/labels");
        List<JsonNode> selectors = new ArrayList<>();
        selectors.add(deployment.at("/selector/matchLabels"));
        deployment
                .at("/template/spec/topologySpreadConstraints")
                .forEach(each -> selectors.add(each.at("/labelSelector/matchLabels")));
        selectors.add(
                Deployed.manifest("PodDisruptionBudget", "switchboard")
                        .at("/spec/selector/matchLabels"));
        selectors.add(
                Deployed.manifest("NetworkPolicy", "switchboard")
                        .at("/spec/podSelector/matchLabels"));
        selectors.add(
                Deployed.manifest("NetworkPolicy", "switchboard-redis")
                        .at("/spec/ingress/0/from/0/podSelector/matchLabels"));
        assertThat(selectors).hasSize(6).allSatisfy(each -> assertThat(each).isEqualTo(labels));
    }

    /** There is one list of sources with one selector. */
    @Test
    void onlyTheNodesReachRedis() throws IOException {
        JsonNode policy = Deployed.manifest("NetworkPolicy", "switchboard-redis").get("spec");
        assertThat(policy.at("/podSelector/matchLabels"))
                .isEqualTo(
                        Deployed.manifest("Deployment", "switchboard-redis")
                                .at("/spec/template/metadata/labels"));
        assertThat(policy.at("/ingress")).hasSize(1);
        assertThat(policy.at("/ingress/0/from")).hasSize(1);
        assertThat(policy.at("/ingress/0/from/0")).hasSize(1);
        assertThat(policy.has("egress")).isFalse();
        assertThat(policy.at("/policyTypes").toString()).contains("Ingress", "Egress");
    }

    /** Nodes and Redis use the same password, which no manifest contains. */
    @Test
    void readsSecretsFromTheKubernetesSecret() throws IOException {
        JsonNode node = Deployed.pod("switchboard").at("/containers/0/env");
        JsonNode redis = Deployed.pod("switchboard-redis").at("/containers/0/env");
        assertThat(secret(node, "SPRING_DATA_REDIS_PASSWORD"))
                .isEqualTo(secret(redis, "REDISCLI_AUTH"));
        assertThat(secret(node, "SWITCHBOARD_ADMIN_TOKEN").get("key").asString())
                .isEqualTo("admin-token");
    }

    private static JsonNode secret(JsonNode environment, String variable) {
        for (JsonNode each : environment) {
            if (each.get("name").asString().equals(variable)) {
                JsonNode secret = each.at("/valueFrom/secretKeyRef");
                assertThat(secret.at("/name").asString()).isEqualTo("switchboard");
                return secret;
            }
        }
        throw new AssertionError("there is no " + variable);
    }
}
