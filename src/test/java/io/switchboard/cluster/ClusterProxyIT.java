package io.switchboard.cluster;

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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * The HAProxy configuration of this repository, with other hosts and ports, in front of two nodes
 * with the environment of the compose file. The third node does not exist.
 */
class ClusterProxyIT {
    private static final int REPETITIONS = 6;
    private static final int TERMINATED = 128 + 15;

    @TempDir private Path folder;

    @BeforeEach
    void requireHaproxy() {
        Programs.require("haproxy", "haproxy");
    }

    @Test
    void haproxyAcceptsTheConfiguration() throws Exception {
        Path file =
                Files.writeString(folder.resolve("haproxy.cfg"), configuration(1, 2, 3, 4, 5, 6));
        try (Child haproxy = Child.startWithErrors("haproxy", "-c", "-f", file.toString())) {
            assertThat(haproxy.awaitExit()).as(haproxy.output()).isZero();
            assertThat(haproxy.output()).doesNotContain("WARNING", "ALERT");
        }
    }

    @Test
    void haproxyAvoidsADrainingNodeAndKeepsItsConnections() throws Exception {
        int sockets = FreePort.find();
        int http = FreePort.find();
        try (ChildService one = node("node-1");
                ChildService two = node("node-2")) {
            Path file =
                    Files.writeString(
                            folder.resolve("haproxy.cfg"),
                            configuration(
                                    sockets,
                                    http,
                                    one.port(),
                                    one.api().port(),
                                    two.port(),
                                    two.api().port()));
            try (Child haproxy = Child.startWithErrors("haproxy", "-db", "-f", file.toString());
                    RawClient first = connect(sockets, haproxy);
                    RawClient second = connect(sockets, haproxy)) {
                first.send("hello\n");
                second.send("hello\n");
                // leastconn: one each
                awaitTotal(one, 1);
                awaitTotal(two, 1);
                JsonNode peer = get(one, "/peers").json().at("/peers/0");
                assertThat(peer.at("/peername/host").asString()).isEqualTo("127.0.0.2");
                assertThat(peer.at("/proxy/host").asString()).isEqualTo("127.0.0.1");
                RawClient atOne =
                        peer.at("/peername/port").asInt() == first.port() ? first : second;

                Api through = new Api(http);
                assertThat(through.get("/peers").status()).isEqualTo(401);
                for (int request = 0; request < REPETITIONS; request++) {
                    assertThat(get(through, "/peers").json().get("total").asInt()).isOne();
                }

                one.process().terminate();
                haproxy.awaitOutput("sockets/node-1 is DOWN");
                haproxy.awaitOutput("api/node-1 is DOWN");
                assertThat(one.process().isAlive()).isTrue();
                assertThat(one.logged("drained")).isEmpty();
                for (int turn = 0; turn < REPETITIONS; turn++) {
                    try (RawClient late = connect(sockets, haproxy)) {
                        late.send("hello\n");
                        awaitTotal(two, 2);
                    }
                    awaitTotal(two, 1);
                    assertThat(get(through, "/peers").status()).isEqualTo(200);
                }
                assertThat(atOne.readToEnd()).isEqualTo("see you\n");
                assertThat(one.process().awaitExit()).isEqualTo(TERMINATED);
            }
        }
    }

    /** Starts a node without a cluster, because the test has no Redis. */
    private static ChildService node(String name) throws IOException {
        Map<String, String> environment = new LinkedHashMap<>(Deployed.composeEnvironment(name));
        environment.put("SWITCHBOARD_CLUSTER_ENABLED", "false");
        environment.put("SWITCHBOARD_LISTENERS_DEFAULT_TRUSTEDPROXIES", "127.0.0.1");
        return ChildService.startWithEnvironment(
                environment,
                "switchboard.drain.farewell=see you",
                // the test checks the node before it stops accepting
                "switchboard.drain.delay=12s",
                "switchboard.drain.spread=1s");
    }

    private static String configuration(
            int sockets, int http, int socketsOfOne, int httpOfOne, int socketsOfTwo, int httpOfTwo)
            throws IOException {
        String text = Files.readString(Deployed.HAPROXY);
        for (String part :
                List.of(
                        "maxconn 100000",
                        "bind :8000",
                        "bind :8080",
                        "node-1:8000",
                        "node-2:8080",
                        "node-3:8000")) {
            assertThat(text).contains(part);
        }
        // outside the container the limit of file descriptors may be too low for 100000
        return text.replace("maxconn 100000", "maxconn 1000")
                .replace("bind :8000", "bind 127.0.0.1:" + sockets)
                .replace("bind :8080", "bind 127.0.0.1:" + http)
                .replace("node-1:8000", "127.0.0.1:%d port %d".formatted(socketsOfOne, httpOfOne))
                .replace("node-1:8080", "127.0.0.1:%d port %d".formatted(httpOfOne, httpOfOne))
                .replace("node-2:8000", "127.0.0.1:%d port %d".formatted(socketsOfTwo, httpOfTwo))
                .replace("node-2:8080", "127.0.0.1:%d port %d".formatted(httpOfTwo, httpOfTwo))
                .replaceAll("node-3:80[08]0", "127.0.0.1:1 port 1");
    }

    private static void awaitTotal(ChildService node, int peers) {
        await().untilAsserted(
                        () ->
                                assertThat(get(node, "/peers").json().get("total").asInt())
                                        .isEqualTo(peers));
    }

    private static Api.Answer get(ChildService node, String path) {
        return get(node.api(), path);
    }

    private static Api.Answer get(Api api, String path) {
        return api.answer(
                api.request(path).header("Authorization", "Bearer " + Deployed.SECRET).GET());
    }

    /** Connects as soon as HAProxy listens. */
    private static RawClient connect(int port, Child haproxy) {
        return await().until(
                        () -> {
                            assertThat(haproxy.isAlive()).as(haproxy.output()).isTrue();
                            try {
                                return Optional.of(RawClient.connectFrom("127.0.0.2", port));
                            } catch (IOException e) {
                                return Optional.<RawClient>empty();
                            }
                        },
                        Optional::isPresent)
                .orElseThrow();
    }
}
