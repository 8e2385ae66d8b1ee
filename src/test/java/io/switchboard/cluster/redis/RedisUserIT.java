package io.switchboard.cluster.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.packaging.Deployed;
import io.switchboard.testkit.Api;
import io.switchboard.testkit.Child;
import io.switchboard.testkit.ChildService;
import io.switchboard.testkit.FreePort;
import io.switchboard.testkit.Programs;
import io.switchboard.testkit.RawClient;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** The Redis user of the deployment files has the rights that nodes need, and no others. */
class RedisUserIT {
    private static final Path PAGE = Path.of("src/docs/cluster.md");

    /** A file of this repository that contains a configuration of Redis. */
    enum Place {
        COMPOSE {
            @Override
            String configuration() throws IOException {
                return Deployed.compose()
                        .at("/configs/redis/content")
                        .asString()
                        .replaceAll("\\$\\{[^}]*}", Deployed.SECRET);
            }
        },
        KUBERNETES {
            @Override
            String configuration() throws IOException {
                JsonNode data = Deployed.manifest("ConfigMap", "switchboard-redis").get("data");
                return "%suser switchboard on >%s %s%n"
                        .formatted(
                                data.get("redis.conf").asString(),
                                Deployed.SECRET,
                                data.get("rules").asString().strip());
            }
        },
        PAGE_OF_THE_DOCUMENTATION {
            @Override
            String configuration() throws IOException {
                return block("    user default off") + "save \"\"\n";
            }
        };

        abstract String configuration() throws IOException;

        private static String block(String first) throws IOException {
            try (Stream<String> lines = Files.lines(PAGE)) {
                return lines.dropWhile(line -> !line.equals(first))
                        .takeWhile(line -> line.startsWith("    "))
                        .map(String::strip)
                        .reduce("", (all, line) -> all + line + "\n")
                        .replace("PASSWORD", Deployed.SECRET);
            }
        }
    }

    @TempDir private Path folder;

    @BeforeEach
    void requireRedis() {
        Programs.require("redis-server", "redis-server");
        Programs.require("redis-cli", "redis-tools");
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    void theUserHasTheRightsThatNodesNeed(Place place) throws Exception {
        int port = FreePort.find();
        try (Child redis = redis(place, port);
                ChildService one = node("one", port);
                ChildService two = node("two", port);
                RawClient peer = one.connect()) {
            peer.send("hello\n");
            await().untilAsserted(
                            () -> {
                                assertThat(redis.isAlive()).as(redis.output()).isTrue();
                                assertThat(total(two, "/nodes")).isEqualTo(2);
                                assertThat(total(two, "/peers")).isOne();
                            });
            String id = get(two, "/peers").at("/peers/0/id").asString();
            Api.Answer sent =
                    two.api()
                            .answer(
                                    authorized(two, "/send?to=" + id)
                                            .POST(BodyPublishers.ofString("back")));
            assertThat(sent.status()).as(sent.body()).isEqualTo(200);
            assertThat(peer.readLine()).isEqualTo("back");
            assertThat(two.api().get("/actuator/health").status()).isEqualTo(200);

            two.process().terminate();
            await().untilAsserted(() -> assertThat(total(one, "/nodes")).isOne());
            assertThat(refused(port)).as("commands that Redis refused").isEmpty();
        }
    }

    /** Redis refuses other commands and keys of the user, and everything of the default user. */
    @Test
    void theUserHasNoOtherRights() throws Exception {
        int port = FreePort.find();
        try (Child redis = redis(Place.COMPOSE, port)) {
            for (String command : List.of("keys *", "get other:key", "flushall", "acl list")) {
                assertThat(cli(port, "switchboard", command.split(" ")))
                        .as(command)
                        .contains("NOPERM");
            }
            assertThat(cli(port, "switchboard", "ping")).contains("PONG");
            assertThat(cli(port, "", "ping")).contains("NOAUTH");
            assertThat(redis.isAlive()).isTrue();
        }
    }

    private Child redis(Place place, int port) throws IOException {
        String configuration =
                place.configuration().replace("bind * -::*", "bind 127.0.0.1")
                        + "user watcher on >%s ~* &* +@all%nport %d%ndir %s%n"
                                .formatted(Deployed.SECRET, port, folder);
        assertThat(configuration).contains("user default off\n", "user switchboard on >");
        Path file = Files.writeString(folder.resolve("redis.conf"), configuration);
        Child redis = Child.startWithErrors("redis-server", file.toString());
        redis.awaitOutput("Ready to accept connections");
        return redis;
    }

    private static ChildService node(String name, int redis) throws IOException {
        Map<String, String> environment = new LinkedHashMap<>(Deployed.kubernetesEnvironment());
        environment.put("SWITCHBOARD_CLUSTER_NODE", name);
        environment.put("SPRING_DATA_REDIS_HOST", "127.0.0.1");
        environment.put("SPRING_DATA_REDIS_PORT", Integer.toString(redis));
        return ChildService.startWithEnvironment(
                environment, "switchboard.drain.delay=0s", "switchboard.drain.spread=0s");
    }

    private static int total(ChildService node, String path) {
        return get(node, path).get("total").asInt();
    }

    private static JsonNode get(ChildService node, String path) {
        return node.api().answer(authorized(node, path).GET()).json();
    }

    private static HttpRequest.Builder authorized(ChildService node, String path) {
        return node.api().request(path).header("Authorization", "Bearer " + Deployed.SECRET);
    }

    private static String refused(int port) throws Exception {
        return cli(port, "watcher", "acl", "log").strip();
    }

    private static String cli(int port, String user, String... command) throws Exception {
        List<String> all = new ArrayList<>(List.of("redis-cli", "-p", Integer.toString(port)));
        if (!user.isEmpty()) {
            all.addAll(List.of("--user", user, "--pass", Deployed.SECRET, "--no-auth-warning"));
        }
        all.addAll(List.of(command));
        try (Child cli = Child.startWithErrors(all.toArray(String[]::new))) {
            cli.awaitExit();
            return cli.output();
        }
    }
}
