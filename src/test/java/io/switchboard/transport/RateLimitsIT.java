package io.switchboard.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.UdpClient;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

/** The rates of {@code listeners.<name>.limits}: each lasts at least as long as the rate says. */
@WithService
@TestPropertySource(
        properties = {
            "switchboard.listeners.messages.port=0",
            "switchboard.listeners.messages.limits.messages-per-second=50",
            "switchboard.listeners.bytes.port=0",
            "switchboard.listeners.bytes.limits.bytes-per-second=100KB",
            "switchboard.listeners.connects.port=0",
            "switchboard.listeners.connects.limits.connects-per-second=20",
            "switchboard.listeners.address.port=0",
            "switchboard.listeners.address.limits.connects-per-second-per-address=5",
            "switchboard.listeners.datagrams.port=0",
            "switchboard.listeners.datagrams.transport=udp",
            "switchboard.listeners.datagrams.limits.messages-per-second=5",
            "switchboard.listeners.datagrams.limits.connects-per-second=2"
        })
class RateLimitsIT {
    private final RunningService service;
    private final Api api;

    RateLimitsIT(@Autowired RunningService service) {
        this.service = service;
        this.api = service.api();
    }

    @BeforeEach
    void nobodyElseIsConnected() {
        api.awaitTotal(0);
    }

    @Test
    void aPeerIsReadNoFasterThanItsMessagesPerSecond() throws Exception {
        try (RawClient client = RawClient.connect(service.port("messages"));
                RawClient other = RawClient.connect(service.port("messages"))) {
            String id = api.idOf(client);
            String otherId = api.idOf(other);
            long start = System.nanoTime();
            client.send("line\n".repeat(400));
            other.send("line\n");
            awaitMessages(otherId, 1);
            assertThat(messages(id)).as("while others are still waiting").isLessThan(400);
            awaitMessages(id, 400);
            assertThat(System.nanoTime() - start)
                    .as("50 at once, 350 in seven seconds")
                    .isGreaterThan(Duration.ofMillis(6_800).toNanos());
            assertThat(counted("throttled_reads", "messages")).isPositive();
        }
    }

    @Test
    void aPeerIsReadNoFasterThanItsBytesPerSecond() throws Exception {
        try (RawClient client = RawClient.connect(service.port("bytes"))) {
            String id = api.idOf(client);
            long start = System.nanoTime();
            client.send(("x".repeat(9_999) + "\n").repeat(25));
            awaitMessages(id, 25);
            // the last read may take 64 KB at once
            assertThat(System.nanoTime() - start).isGreaterThan(Duration.ofMillis(700).toNanos());
            assertThat(counted("throttled_reads", "bytes")).isPositive();
        }
    }

    @Test
    void connectsBeyondTheRateWaitInTheBacklog() throws Exception {
        List<RawClient> clients = new ArrayList<>();
        try {
            long start = System.nanoTime();
            for (int client = 0; client < 50; client++) {
                clients.add(RawClient.connect(service.port("connects")));
            }
            api.awaitTotal(50);
            assertThat(System.nanoTime() - start)
                    .as("20 at once, 30 in a second and a half")
                    .isGreaterThan(Duration.ofMillis(1_300).toNanos());
            assertThat(counted("throttled_connections", "connects")).isPositive();
        } finally {
            close(clients);
        }
    }

    @Test
    void connectsOfAnAddressBeyondItsRateAreRefusedAndOtherAddressesAreNot() throws Exception {
        List<RawClient> clients = new ArrayList<>();
        try {
            double refused = counted("refused_connections", "address");
            for (int client = 0; client < 40; client++) {
                clients.add(RawClient.connectFrom("127.0.0.2", service.port("address")));
            }
            try (RawClient other = RawClient.connectFrom("127.0.0.3", service.port("address"))) {
                other.send("hello\n");
                awaitMessages(api.idOf(other), 1);
            }
            await().until(
                            () ->
                                    portsOfPeers("127.0.0.2").size()
                                                    + counted("refused_connections", "address")
                                            == refused + clients.size());
            Set<Integer> admitted = portsOfPeers("127.0.0.2");
            assertThat(admitted).hasSizeBetween(5, 39);
            for (RawClient each : clients) {
                if (!admitted.contains(each.port())) {
                    assertThat(each.readToEnd())
                            .isEqualTo(
                                    "error too_many_connections: this listener takes at most 5 connections a second from one address\n");
                }
            }
        } finally {
            close(clients);
        }
    }

    @Test
    void datagramsBeyondTheRatesAreDroppedAndCounted() throws Exception {
        List<UdpClient> clients = new ArrayList<>();
        try {
            UdpClient client = UdpClient.of(service.port("datagrams"));
            clients.add(client);
            client.send("first");
            await().until(() -> api.total() == 1);
            for (int datagram = 0; datagram < 50; datagram++) {
                client.send("datagram " + datagram);
            }
            await().until(() -> counted("throttled_datagrams", "datagrams") > 0);
            for (int other = 0; other < 20; other++) {
                UdpClient another = UdpClient.of(service.port("datagrams"));
                clients.add(another);
                another.send("hello");
            }
            await().until(() -> counted("throttled_connections", "datagrams") > 0);
            assertThat(api.total()).isLessThan(21);
        } finally {
            for (UdpClient each : clients) {
                each.close();
            }
            api.peers().forEach(peer -> api.delete("/peers/" + peer.get("id").asString()));
        }
    }

    @Test
    void theListOfListenersShowsTheLimits() {
        for (JsonNode listener : api.get("/listeners").json().get("listeners")) {
            JsonNode limits = listener.get("limits");
            switch (listener.get("name").asString()) {
                case "messages" ->
                        assertThat(limits.get("messagesPerSecond").asInt()).isEqualTo(50);
                case "bytes" ->
                        assertThat(limits.get("bytesPerSecond").asInt()).isEqualTo(100 * 1024);
                case "connects" ->
                        assertThat(limits.get("connectsPerSecond").asInt()).isEqualTo(20);
                case "address" ->
                        assertThat(limits.get("connectsPerSecondPerAddress").asInt()).isEqualTo(5);
                default -> assertThat(limits.get("bytesPerSecond").isNull()).isTrue();
            }
        }
    }

    private double counted(String meter, String listener) {
        return api.metric("switchboard_%s_total{listener=\"%s\"}".formatted(meter, listener));
    }

    private int messages(String id) {
        return api.peer(id).at("/received/messages").asInt();
    }

    private void awaitMessages(String id, int expected) {
        await().until(() -> messages(id) == expected);
    }

    private Set<Integer> portsOfPeers(String host) {
        return api.peers().stream()
                .map(peer -> peer.get("peername"))
                .filter(name -> name.get("host").asString().equals(host))
                .map(name -> name.get("port").asInt())
                .collect(Collectors.toSet());
    }

    private static void close(List<RawClient> clients) throws IOException {
        for (RawClient each : clients) {
            each.close();
        }
    }
}
