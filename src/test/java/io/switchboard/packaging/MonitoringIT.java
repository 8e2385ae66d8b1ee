package io.switchboard.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.Child;
import io.switchboard.testkit.ChildService;
import io.switchboard.testkit.Programs;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.TestPropertySource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Dashboard and alerts query existing meters, and compose sets existing keys. */
@WithService
@TestPropertySource(
        properties = {
            "switchboard.listeners.default.webhook.url=http://127.0.0.1:1/",
            "switchboard.bridges.test.type=mqtt",
            "switchboard.bridges.test.url=tcp://127.0.0.1:1",
            "switchboard.bridges.test.events-to=events",
            "switchboard.bridges.test.sends-from=sends"
        })
class MonitoringIT {
    /** Remains for this release beside the meter that has the reason as a tag. */
    private static final Pattern ONE_REASON =
            Pattern.compile("switchboard_closed_.+_connections_total");

    /** What a histogram has beside its buckets. */
    private static final Pattern SUM = Pattern.compile("_(count|sum|max)$");

    private static final Path DOCKER = Path.of("src/main/docker");
    private static final Path DASHBOARD = DOCKER.resolve("grafana/dashboards/switchboard.json");
    private static final Path RULES = DOCKER.resolve("prometheus/rules.yml");

    /** A name with an underscore is a meter: no function with an underscore is used. */
    private static final Pattern METER =
            Pattern.compile("(?<![\\w$\"])(?!histogram_quantile)[a-z]+_[a-z_]+");

    @TempDir private Path folder;
    private final RunningService service;

    MonitoringIT(@Autowired RunningService service) {
        this.service = service;
    }

    private static JsonNode yaml(Path file) throws IOException {
        Yaml yaml = new Yaml(new SafeConstructor(new LoaderOptions()));
        return JsonMapper.shared().valueToTree(yaml.<Object>load(Files.readString(file)));
    }

    private static List<String> alerts() throws IOException {
        return yaml(RULES).findValuesAsString("expr");
    }

    private static List<String> panels() throws IOException {
        JsonNode dashboard = JsonMapper.shared().readTree(Files.readString(DASHBOARD));
        List<String> found = new ArrayList<>();
        dashboard.findValuesAsString("expr").forEach(found::add);
        dashboard.findValuesAsString("definition").stream()
                .map(query -> query.replaceFirst("label_values\\((.*),.*", "$1"))
                .forEach(found::add);
        return found;
    }

    /** Returns all meters. The meter of refused requests exists only after a refused request. */
    private Set<String> meters() {
        Api.Answer refused =
                service.api()
                        .answer(
                                service.api()
                                        .request("/send?to=all")
                                        .header("Origin", "http://elsewhere.example")
                                        .POST(BodyPublishers.ofString("x")));
        assertThat(refused.status()).isEqualTo(403);
        return service.api()
                .get("/actuator/prometheus")
                .body()
                .lines()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.split("[{ ]", 2)[0])
                .collect(Collectors.toSet());
    }

    private void assertThatAllExist(List<String> expressions) {
        Set<String> existing = meters();
        List<String> queried =
                expressions.stream()
                        .flatMap(expression -> METER.matcher(expression).results())
                        .map(MatchResult::group)
                        .distinct()
                        .toList();
        assertThat(queried)
                .hasSizeGreaterThan(10)
                .allSatisfy(each -> assertThat(existing).contains(each));
    }

    @Test
    void alertsQueryExistingMeters() throws IOException {
        assertThatAllExist(alerts());
    }

    @Test
    void theDashboardQueriesExistingMeters() throws IOException {
        assertThatAllExist(panels());
    }

    /** Fails if a new meter, or a meter of a new reason, is not on the dashboard. */
    @Test
    void theDashboardHasEveryMeterOfTheService() throws IOException {
        String all = String.join("\n", panels());
        Set<String> meters = meters();
        Set<String> left =
                meters.stream()
                        .filter(meter -> meter.startsWith("switchboard_"))
                        .filter(meter -> !ONE_REASON.matcher(meter).matches())
                        .map(
                                meter -> {
                                    String buckets = SUM.matcher(meter).replaceAll("_bucket");
                                    return meters.contains(buckets) ? buckets : meter;
                                })
                        .filter(meter -> !Pattern.compile(meter + "\\b").matcher(all).find())
                        .collect(Collectors.toSet());
        assertThat(left)
                .containsExactlyInAnyOrder(
                        "switchboard_published_events_total",
                        "switchboard_webhook_queued_bytes",
                        "switchboard_webhook_unwritten_answers_total");
    }

    /** Prometheus parses the queries of the panels as rules. */
    @Test
    void promtoolAcceptsTheQueryOfEveryPanel() throws Exception {
        StringBuilder rules = new StringBuilder("groups: [{name: panels, rules: [\n");
        List<String> panels = panels();
        for (int number = 0; number < panels.size(); number++) {
            String plain =
                    panels.get(number).replace("$__rate_interval", "1m").replace("\"", "\\\"");
            rules.append("{record: panel%d, expr: \"%s\"},%n".formatted(number, plain));
        }
        Path file = Files.writeString(folder.resolve("panels.yml"), rules + "]}]\n");
        promtool("check", "rules", file.toString());
    }

    @Test
    void alertsFireWhenTheyShould() throws Exception {
        promtool("check", "rules", RULES.toString());
        promtool("test", "rules", "src/test/prometheus/rules_test.yml");
    }

    private static void promtool(String... arguments) throws Exception {
        Programs.require("promtool", "prometheus");
        List<String> command = new ArrayList<>(List.of("promtool"));
        command.addAll(List.of(arguments));
        try (Child promtool = Child.startWithErrors(command.toArray(String[]::new))) {
            int exit = promtool.awaitExit();
            assertThat(promtool.output()).contains("SUCCESS");
            assertThat(exit).as(promtool.output()).isZero();
        }
    }

    /** Started with the same environment, the service accepts every key and checks the tokens. */
    @Test
    void composeStartsTheServiceWithExistingKeys() throws Exception {
        Path token = Files.writeString(folder.resolve("read-token"), "what-prometheus-shows");
        Map<String, String> environment = new LinkedHashMap<>();
        composed("switchboard")
                .get("environment")
                .forEachEntry(
                        (key, value) ->
                                environment.put(
                                        key,
                                        value.asString()
                                                .replaceFirst("^\\$\\{.*", "what-operators-show")
                                                .replace(
                                                        "/run/secrets/read-token",
                                                        token.toString())));
        try (ChildService started = ChildService.startWithEnvironment(environment)) {
            assertThat(started.api().get("/peers").status()).isEqualTo(401);
            assertThat(status(started, "GET", "/actuator/prometheus", "what-prometheus-shows"))
                    .isEqualTo(200);
            assertThat(status(started, "POST", "/send?to=all", "what-prometheus-shows"))
                    .isEqualTo(403);
            assertThat(status(started, "POST", "/send?to=all", "what-operators-show"))
                    .isEqualTo(200);
        }
    }

    private static int status(ChildService service, String method, String path, String token) {
        return service.api()
                .answer(
                        service.api()
                                .request(path)
                                .header("Authorization", "Bearer " + token)
                                .method(method, BodyPublishers.ofString("x")))
                .status();
    }

    private static JsonNode composed(String name) throws IOException {
        JsonNode service = yaml(DOCKER.resolve("compose.yaml")).at("/services/" + name);
        assertThat(service.isObject()).as(name).isTrue();
        return service;
    }

    @ParameterizedTest
    @ValueSource(strings = {"switchboard", "prometheus", "grafana"})
    void composePublishesOnLoopbackOnlyAndMountsExistingFiles(String name) throws IOException {
        JsonNode composed = composed(name);
        assertThat(composed.get("ports"))
                .isNotEmpty()
                .allSatisfy(port -> assertThat(port.asString()).startsWith("127.0.0.1:"));
        for (JsonNode volume : composed.path("volumes")) {
            String from = volume.asString().split(":", 2)[0];
            if (from.startsWith(".")) {
                assertThat(DOCKER.resolve(from)).exists();
            }
        }
    }

    /** The target is the name in the compose file, and the token is the mounted secret. */
    @Test
    void prometheusScrapesTheServiceThatComposeStarts() throws IOException {
        JsonNode job = yaml(DOCKER.resolve("prometheus/prometheus.yml")).at("/scrape_configs/0");
        assertThat(job.get("metrics_path").asString()).isEqualTo("/actuator/prometheus");
        assertThat(job.at("/static_configs/0/targets/0").asString()).isEqualTo("switchboard:8080");
        assertThat(job.at("/authorization/credentials_file").asString())
                .isEqualTo("/run/secrets/read-token");
        assertThat(composed("prometheus").at("/secrets/0").asString()).isEqualTo("read-token");
        assertThat(composed("switchboard").at("/secrets/0").asString()).isEqualTo("read-token");
    }

    @Test
    void grafanaQueriesThePrometheusThatComposeStarts() throws IOException {
        Path provisioning = DOCKER.resolve("grafana/provisioning");
        JsonNode source = yaml(provisioning.resolve("datasources/prometheus.yaml"));
        assertThat(source.at("/datasources/0/url").asString()).isEqualTo("http://prometheus:9090");
        assertThat(
                        JsonMapper.shared()
                                .readTree(Files.readString(DASHBOARD))
                                .findValues("datasource"))
                .isNotEmpty()
                .allSatisfy(
                        each ->
                                assertThat(each.get("uid"))
                                        .isEqualTo(source.at("/datasources/0/uid")));
        JsonNode provider = yaml(provisioning.resolve("dashboards/switchboard.yaml"));
        assertThat(composed("grafana").get("volumes").toString())
                .contains(":" + provider.at("/providers/0/options/path").asString() + ":ro");
    }
}
