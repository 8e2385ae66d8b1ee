package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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

/** SIGTERM under load: nothing that was answered is lost, everybody is told, and it ends. */
class StopIT {
    private static final int PEERS = 200;
    private static final int SENDERS = 4;
    private static final int TERMINATED = 128 + 15;

    /** A peer, what it read until its stream ended, and what was answered as written to it. */
    private record Listening(String id, Future<String> heard, List<String> answered) {}

    @Test
    void drainsUnderLoad() throws Exception {
        try (ChildService service =
                        ChildService.start(
                                "switchboard.drain.delay=3s",
                                "switchboard.drain.spread=1s",
                                "switchboard.drain.farewell=good night");
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Listening> peers = connect(service, threads);
            List<Future<?>> senders = new ArrayList<>();
            for (int sender = 0; sender < SENDERS; sender++) {
                int number = sender;
                senders.add(threads.submit(() -> sendUntilItEnds(service.api(), peers, number)));
            }
            await().until(() -> peers.stream().noneMatch(peer -> peer.answered().isEmpty()));
            assertThat(readiness(service)).isEqualTo(200);

            service.process().terminate();
            await().until(() -> readiness(service) == 503);
            String first = peers.getFirst().id();
            assertThat(service.api().post("/send?to=" + first, "while draining").status())
                    .isEqualTo(200);

            for (Listening peer : peers) {
                List<String> heard = peer.heard().get(60, TimeUnit.SECONDS).lines().toList();
                assertThat(heard.getLast()).isEqualTo("good night");
                assertThat(heard).containsAll(peer.answered());
            }
            assertThat(peers.getFirst().heard().get()).contains("while draining\n");
            for (Future<?> sender : senders) {
                sender.get(60, TimeUnit.SECONDS);
            }
            assertThat(service.process().awaitExit()).isEqualTo(TERMINATED);
            assertThat(service.logged(" ERROR ")).isEmpty();
            assertThat(service.logged("drained: 0 peers left")).hasSize(1);
        }
    }

    private static List<Listening> connect(ChildService service, ExecutorService threads)
            throws IOException {
        Map<Integer, RawClient> clients = new HashMap<>();
        for (int i = 0; i < PEERS; i++) {
            RawClient client = service.connect();
            clients.put(client.port(), client);
        }
        service.api().awaitTotal(PEERS);
        List<Listening> peers = new ArrayList<>();
        for (JsonNode peer : service.api().peers()) {
            int port = peer.get("peername").get("port").asInt();
            RawClient client = Objects.requireNonNull(clients.get(port));
            peers.add(
                    new Listening(
                            peer.get("id").asString(),
                            threads.submit(client::readToEnd),
                            new ArrayList<>()));
        }
        return peers;
    }

    /** Each sender has peers of its own, so that their lists need no lock. */
    private static void sendUntilItEnds(Api api, List<Listening> peers, int sender) {
        try {
            for (int round = 0; ; round++) {
                for (int i = sender; i < peers.size(); i += SENDERS) {
                    Listening peer = peers.get(i);
                    String text = "message %d to %s".formatted(round, peer.id());
                    if (api.post("/send?to=" + peer.id(), text).status() == 200) {
                        peer.answered().add(text);
                    }
                }
            }
        } catch (UncheckedIOException e) {
            // HTTP has ended: what was not answered does not count
        }
    }

    private static int readiness(ChildService service) {
        return service.api().get("/actuator/health/readiness").status();
    }
}
