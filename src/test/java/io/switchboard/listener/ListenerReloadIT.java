package io.switchboard.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.switchboard.SwitchboardApplication;
import io.switchboard.net.Endpoint;
import io.switchboard.peer.Listeners;
import io.switchboard.testkit.Api;
import io.switchboard.testkit.RawClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;

/** A restart with listeners that the API has created, and reloads of the configuration. */
class ListenerReloadIT {
    private static final String DEFAULT = "switchboard.listeners.default.port=0\n";

    /** A bridge of the events of the listener gps, to a Redis that does not run. */
    private static final String BRIDGE =
            """
            spring.data.redis.port=1
            switchboard.bridges.fleet.type=redis-stream
            switchboard.bridges.fleet.events-to=events
            switchboard.bridges.fleet.listeners=gps
            """;

    @TempDir private Path directory;

    private ConfigurableApplicationContext start(String configuration) throws IOException {
        configure(configuration);
        return new SpringApplicationBuilder(SwitchboardApplication.class)
                .run(
                        "--server.port=0",
                        "--spring.config.additional-location=" + file().toUri(),
                        "--switchboard.data.directory=" + directory.resolve("data"),
                        "--switchboard.drain.delay=0s",
                        "--switchboard.drain.spread=0s");
    }

    private Path file() {
        return directory.resolve("listeners.properties");
    }

    private void configure(String text) throws IOException {
        Files.writeString(file(), text);
    }

    private static Api api(ConfigurableApplicationContext service) {
        return new Api(
                service.getEnvironment().getRequiredProperty("local.server.port", Integer.class));
    }

    private static int port(ConfigurableApplicationContext service, String listener) {
        Endpoint address =
                service.getBean(Listeners.class).find(listener).orElseThrow().socket().address();
        return ((Endpoint.Inet) Objects.requireNonNull(address)).port();
    }

    private static List<String> reload(Api api) {
        Api.Answer answer = api.postJson("/actuator/reload", "");
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        List<String> lines = new ArrayList<>();
        answer.json().get("lines").forEach(each -> lines.add(each.asString()));
        return lines;
    }

    private static void refused(Api api, int status, String detail) {
        String before = rows(api);
        Api.Answer answer = api.postJson("/actuator/reload", "");
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.json().get("detail").asString()).contains(detail);
        assertThat(rows(api)).isEqualTo(before);
    }

    private static String rows(Api api) {
        return api.get("/listeners").json().get("listeners").toString();
    }

    @Test
    void aReloadAppliesWhatHasChangedAndLosesNoOtherPeer() throws Exception {
        String gone = "switchboard.listeners.gone.port=0\n";
        String limited = "switchboard.listeners.limited.port=0\n";
        String moved = "switchboard.listeners.moved.port=0\n";
        try (ConfigurableApplicationContext service = start(DEFAULT + gone + limited + moved)) {
            Api api = api(service);
            List<RawClient> peers = new ArrayList<>();
            AtomicBoolean done = new AtomicBoolean();
            Thread load =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        while (!done.get()) {
                                            api.post("/send?to=listener:default", "x");
                                        }
                                    });
            try (RawClient ofGone = RawClient.connect(port(service, "gone"));
                    RawClient ofLimited = RawClient.connect(port(service, "limited"));
                    RawClient ofMoved = RawClient.connect(port(service, "moved"))) {
                for (int i = 0; i < 20; i++) {
                    peers.add(RawClient.connect(port(service, "default")));
                }
                api.awaitTotal(23);
                String limitedId = api.idOf(ofLimited);

                configure(
                        DEFAULT
                                + limited
                                + "switchboard.listeners.limited.limits.messages-per-second=5\n"
                                + moved
                                + "switchboard.listeners.moved.framing=nul\n"
                                + "switchboard.listeners.fresh.port=0\n");
                assertThat(reload(api))
                        .containsExactly(
                                "listener fresh: opened at 127.0.0.1:" + port(service, "fresh"),
                                "listener limited: changed in place: limits.messages-per-second",
                                "listener gone: removed, 1 peers closed",
                                "listener moved: replaced because of framing, 1 peers closed",
                                "listener default: unchanged");
                assertThat(ofGone.readToEnd()).isEmpty();
                assertThat(ofMoved.readToEnd()).isEmpty();
                assertThat(api.get("/listeners/gone").status()).isEqualTo(404);
                assertThat(api.get("/listeners/moved").json().get("framing").asString())
                        .isEqualTo("nul");
                assertThat(
                                api.get("/listeners/limited")
                                        .json()
                                        .at("/limits/messagesPerSecond")
                                        .asInt())
                        .isEqualTo(5);
                assertThat(api.peer(limitedId).get("state").asString()).isEqualTo("open");
                configure(DEFAULT + gone);
                reload(api);
                configure(DEFAULT + moved);
                reload(api);

                assertThat(api.get("/peers?listener=default").json().get("total").asInt())
                        .isEqualTo(20);
            } finally {
                done.set(true);
                load.join();
            }
            api.post("/send?to=listener:default", "the end");
            for (RawClient each : peers) {
                String line = each.readLine();
                while (line.equals("x")) {
                    line = each.readLine();
                }
                assertThat(line).isEqualTo("the end");
                each.close();
            }
            api.awaitTotal(0); // what is compared below contains the number of peers
            aBadConfigurationChangesNothing(api);
        }
    }

    private void aBadConfigurationChangesNothing(Api api) throws IOException {
        configure(DEFAULT + "switchboard.listeners.bad.port=99999\n");
        refused(
                api,
                400,
                "switchboard.listeners.bad.port is 99999: it must be less than or equal to 65535");
        configure(DEFAULT + "switchboard.listeners.bad.prot=1\n");
        refused(api, 400, "switchboard.listeners.bad.prot: a listener has no such key");
        configure(
                DEFAULT
                        + "switchboard.listeners.bad.port=0\n"
                        + "switchboard.listeners.bad.framing=lenght:2\n");
        refused(api, 400, "switchboard.listeners.bad.framing: unknown framing 'lenght:2'");
        configure(
                DEFAULT
                        + "switchboard.listeners.bad.port=0\n"
                        + "switchboard.listeners.bad.tls.bundle=none\n");
        refused(api, 400, "switchboard.listeners.bad.tls.bundle=none: there is no such bundle");
        configure(DEFAULT + "switchboard.listeners.bad.port=\\uZZ\n");
        refused(api, 400, "the configuration cannot be read");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            configure(
                    "switchboard.listeners.default.port=0\n"
                            + "switchboard.listeners.moved.port=0\n"
                            + "switchboard.listeners.a.port=0\n"
                            + "switchboard.listeners.bad.port="
                            + taken.getLocalPort());
            refused(api, 409, "listener bad, and nothing was changed");
        }
    }

    /** A value that an argument overrides has not changed. */
    @Test
    void aReloadNamesOtherKeysThatHaveChanged() throws Exception {
        try (ConfigurableApplicationContext service =
                start(
                        DEFAULT
                                + "logging.level.a=info\n"
                                + "logging.level.b=info\n"
                                + "spring.application.admin.jmx-name=${random.value}\n"
                                + "switchboard.drain.delay=1s\n")) {
            Api api = api(service);
            assertThat(reload(api)).containsExactly("listener default: unchanged");
            configure(
                    DEFAULT
                            + "logging.level.a=debug\n"
                            + "spring.application.admin.jmx-name=${random.value}\n"
                            + "logging.level.d=info\n"
                            + "switchboard.drain.delay=2s\n");
            assertThat(reload(api))
                    .containsExactly(
                            "listener default: unchanged",
                            "logging.level.a: changed, which takes effect at the next start",
                            "logging.level.b: changed, which takes effect at the next start",
                            "logging.level.d: changed, which takes effect at the next start");
        }
    }

    @Test
    void aListenerOfTheApiIsOpenAfterARestart() throws Exception {
        int port;
        try (ConfigurableApplicationContext service = start(DEFAULT)) {
            Api api = api(service);
            assertThat(Files.exists(directory.resolve("data"))).isFalse();
            assertThat(
                            api.postJson(
                                            "/listeners",
                                            "{\"name\":\"gps\",\"port\":0,\"groups\":[\"a\"]}")
                                    .status())
                    .isEqualTo(201);
            port = port(service, "gps");
            assertThat(api.delete("/listeners/gps").status()).isEqualTo(200);
            assertThat(
                            api.postJson("/listeners", "{\"name\":\"gps\",\"port\":" + port + "}")
                                    .status())
                    .isEqualTo(201);
            assertThat(api.patch("/listeners/gps", "{\"groups\":[\"b\"]}").status()).isEqualTo(200);
        }
        ServerSocket taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
        try (ConfigurableApplicationContext service = start(DEFAULT + BRIDGE)) {
            Api api = api(service);
            JsonNode notOpen = api.get("/listeners").json().get("notOpen").get(0);
            assertThat(notOpen.get("name").asString()).isEqualTo("gps");
            assertThat(notOpen.get("source").asString()).isEqualTo("api");
            assertThat(notOpen.get("error").asString()).contains("Address already in use");
            assertThat(api.get("/actuator/health/readiness").status()).isEqualTo(200);
            assertThat(
                            api.get("/actuator/health")
                                    .json()
                                    .at("/components/listeners/components/gps/details/error")
                                    .asString())
                    .contains("Address already in use");
            taken.close();
            await().until(() -> api.get("/listeners/gps").status() == 200);
            try (RawClient client = RawClient.connect(port)) {
                String id = api.idOf(client);
                assertThat(api.peer(id).get("groups").toString()).isEqualTo("[\"b\"]");
                await().until(
                                () ->
                                        api.metric(
                                                        "switchboard_bridge_queued_events{bridge=\"fleet\"}")
                                                > 0);
            }
            assertThat(api.get("/listeners").json().has("notOpen")).isFalse();

            configure(DEFAULT + BRIDGE + "switchboard.listeners.gps.port=0\n");
            assertThat(reload(api).toString())
                    .contains("the one that the API has created is dropped");
            assertThat(api.get("/listeners/gps").json().get("source").asString())
                    .isEqualTo("configuration");
            configure(DEFAULT + BRIDGE);
            assertThat(reload(api).toString()).contains("listener gps: removed");
        }
        assertThatThrownBy(() -> start(DEFAULT + BRIDGE).close())
                .hasStackTraceContaining(
                        "switchboard.bridges.fleet.listeners contains gps, which is no listener: known are default");
        try (ConfigurableApplicationContext service = start(DEFAULT)) {
            assertThat(api(service).get("/listeners/gps").status()).isEqualTo(404);
        }
    }
}
