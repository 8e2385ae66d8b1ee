package io.switchboard.load;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

/**
 * No accepted message is lost without a report. While peers are kicked, reset their connections or
 * do not read, every message ends as written, failed or refused, and the written bytes are the
 * bytes that the peers received.
 */
@WithService
@DirtiesContext
@TestPropertySource(
        properties = {
            "switchboard.outbox.max-messages=50",
            "switchboard.outbox.write-deadline=10s"
        })
class LedgerIT {
    private static final int READERS = 20;
    private static final int KICKED = 10;
    private static final int RESET = 10;
    private static final int SILENT = 5;
    private static final int SENDERS = 4;
    private static final int MESSAGES = 100;
    private static final int SIZE = 20_000;

    @Autowired private RunningService service;

    private final AtomicLong matched = new AtomicLong();
    private final AtomicLong failedAtOnce = new AtomicLong();
    private final Map<String, Long> received = new ConcurrentHashMap<>();

    @Test
    void everyAcceptedMessageEnds() throws Exception {
        Map<String, RawClient> whole = connect(READERS + KICKED, false);
        Map<String, RawClient> broken = connect(RESET, false);
        Map<String, RawClient> silent = connect(SILENT, true);
        List<CompletableFuture<Void>> work = new ArrayList<>();
        whole.forEach((id, client) -> work.add(run(() -> readToEnd(id, client))));
        List<CompletableFuture<Void>> senders = new ArrayList<>();
        for (int sender = 0; sender < SENDERS; sender++) {
            senders.add(run(this::send));
        }
        List<String> ids = List.copyOf(whole.keySet());
        for (String id : ids.subList(0, KICKED)) {
            assertThat(service.api().delete("/peers/" + id).status()).isEqualTo(204);
        }
        for (RawClient client : broken.values()) {
            client.read(SIZE);
            client.reset();
        }
        senders.forEach(CompletableFuture::join);
        for (String id : ids.subList(KICKED, ids.size())) {
            assertThat(service.api().delete("/peers/" + id).status()).isEqualTo(204);
        }
        work.forEach(CompletableFuture::join);
        service.api().awaitTotal(0);

        await("every accepted message has ended")
                .untilAsserted(
                        () ->
                                assertThat(
                                                counted("sent_messages")
                                                        + counted("failed_messages")
                                                        + counted("refused_messages"))
                                        .isEqualTo(matched.get()));
        assertThat(counted("failed_messages")).as("messages failed by a reset").isPositive();
        assertThat(counted("refused_messages"))
                .as("messages refused by a full outbox")
                .isPositive();
        assertThat(failedAtOnce.get()).isPositive();
        whole.keySet()
                .forEach(
                        id ->
                                assertThat(received.get(id))
                                        .as("bytes at %s", id)
                                        .isEqualTo(sentBytes(id)));
        for (RawClient client : silent.values()) {
            client.close();
        }
    }

    private Map<String, RawClient> connect(int count, boolean tiny) throws IOException {
        Map<String, RawClient> clients = new ConcurrentHashMap<>();
        for (int i = 0; i < count; i++) {
            RawClient client =
                    tiny
                            ? RawClient.connectWithTinyBuffer(service.port())
                            : RawClient.connect(service.port());
            clients.put(service.api().idOf(client), client);
        }
        return clients;
    }

    private void send() {
        byte[] message = "x".repeat(SIZE - 1).getBytes(UTF_8);
        for (int i = 0; i < MESSAGES; i++) {
            String path = "/send?to=all&results=none&wait=" + (i % 2 == 0 ? "queued" : "written");
            JsonNode report = service.api().post(path + "&timeout=100ms", message).json();
            matched.addAndGet(report.get("matched").asLong());
            failedAtOnce.addAndGet(report.get("failed").asLong());
            assertThat(
                            report.get("queued").asLong()
                                    + report.get("written").asLong()
                                    + report.get("failed").asLong())
                    .isEqualTo(report.get("matched").asLong());
        }
    }

    private void readToEnd(String id, RawClient client) throws IOException {
        String all = client.readToEnd();
        assertThat(all.length() % SIZE).as("whole messages at " + id).isZero();
        received.put(id, (long) all.length());
    }

    private long sentBytes(String id) {
        return service.api().peer(id).get("sent").get("bytes").asLong();
    }

    private long counted(String meter) {
        return service.api()
                .get("/actuator/prometheus")
                .body()
                .lines()
                .filter(line -> line.startsWith("switchboard_" + meter + "_total{"))
                .mapToLong(line -> (long) Double.parseDouble(line.split(" ", -1)[1]))
                .sum();
    }

    private interface Work {
        void run() throws IOException;
    }

    private static CompletableFuture<Void> run(Work work) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread.ofVirtual()
                .start(
                        () -> {
                            try {
                                work.run();
                                done.complete(null);
                            } catch (IOException | RuntimeException | Error e) {
                                done.completeExceptionally(e);
                            }
                        });
        return done;
    }
}
