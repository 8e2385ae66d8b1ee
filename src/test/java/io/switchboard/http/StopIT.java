package io.switchboard.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.ChildService;
import io.switchboard.testkit.RawClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * Tests SIGTERM under load: every message that a send reported as written arrives, every peer gets
 * the farewell, and the process ends.
 */
class StopIT {
    private static final int PEERS = 200;
    private static final int SENDERS = 4;
    private static final int TERMINATED = 128 + 15;

    /**
     * A connected peer.
     *
     * @param received the bytes that the client reads until its stream ends
     * @param confirmed the messages that a send reported as written
     */
    private record Peer(String id, Future<String> received, List<String> confirmed) {}

    @Test
    void drainsUnderLoad() throws Exception {
        try (ChildService service =
                        ChildService.start(
                                "switchboard.drain.delay=10s",
                                "switchboard.drain.spread=1s",
                                "switchboard.drain.farewell=good night");
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Peer> peers = connect(service, threads);
            List<Future<?>> senders = new ArrayList<>();
            for (int sender = 0; sender < SENDERS; sender++) {
                int number = sender;
                senders.add(
                        threads.submit(
                                () -> sendUntilTheServiceStops(service.api(), peers, number)));
            }
            await().until(() -> peers.stream().noneMatch(peer -> peer.confirmed().isEmpty()));
            assertThat(readiness(service)).isEqualTo(200);

            service.process().terminate();
            await().until(() -> readiness(service) == 503);
            String first = peers.getFirst().id();
            assertThat(service.api().post("/send?to=" + first, "while draining").status())
                    .isEqualTo(200);

            for (Peer peer : peers) {
                List<String> received = peer.received().get(60, TimeUnit.SECONDS).lines().toList();
                assertThat(received.getLast()).isEqualTo("good night");
                assertThat(received).containsAll(peer.confirmed());
            }
            assertThat(peers.getFirst().received().get()).contains("while draining\n");
            for (Future<?> sender : senders) {
                sender.get(60, TimeUnit.SECONDS);
            }
            assertThat(service.process().awaitExit()).isEqualTo(TERMINATED);
            assertThat(service.logged(" ERROR ")).isEmpty();
            assertThat(service.logged("drained: 0 peers left")).hasSize(1);
        }
    }

    private static List<Peer> connect(ChildService service, ExecutorService threads)
            throws IOException {
        Map<Integer, RawClient> clients = new HashMap<>();
        for (int i = 0; i < PEERS; i++) {
            RawClient client = service.connect();
            clients.put(client.port(), client);
        }
        service.api().awaitTotal(PEERS);
        List<Peer> peers = new ArrayList<>();
        for (JsonNode peer : service.api().peers()) {
            int port = peer.get("peername").get("port").asInt();
            RawClient client = Objects.requireNonNull(clients.get(port));
            peers.add(
                    new Peer(
                            peer.get("id").asString(),
                            threads.submit(client::readToEnd),
                            new ArrayList<>()));
        }
        return peers;
    }

    /** Sends in rounds. Each sender has its own peers, so that their lists need no lock. */
    private static void sendUntilTheServiceStops(Api api, List<Peer> peers, int sender) {
        try {
            for (int round = 0; ; round++) {
                for (int i = sender; i < peers.size(); i += SENDERS) {
                    Peer peer = peers.get(i);
                    String text = "message %d to %s".formatted(round, peer.id());
                    if (api.post("/send?to=" + peer.id(), text).status() == 200) {
                        peer.confirmed().add(text);
                    }
                }
            }
        } catch (UncheckedIOException e) {
            // the HTTP server has stopped: an unanswered send may be lost
        }
    }

    private static int readiness(ChildService service) {
        return service.api().get("/actuator/health/readiness").status();
    }
}
