package io.switchboard.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.store.PostgresServer;
import io.switchboard.testkit.BackEnds.Post;
import io.switchboard.testkit.ChildService;
import io.switchboard.testkit.RawClient;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The contract with PostgreSQL. */
@Tag("beside")
@Tag("system")
class DurableWebhookPostgresIT extends DurableWebhookContract {
    private @Nullable PostgresServer server;

    @Override
    List<String> database() throws IOException {
        return List.of(
                "spring.datasource.url=" + server().url(),
                "spring.datasource.username=test",
                "switchboard.data.directory=/nowhere");
    }

    private PostgresServer server() throws IOException {
        PostgresServer running = server == null ? PostgresServer.start() : server;
        server = running;
        return running;
    }

    @AfterEach
    void stopServer() throws IOException {
        if (server != null) {
            server.close();
        }
    }

    /** While events cannot be stored, peers wait; nothing is lost and nothing grows. */
    @Test
    void whileTheDatabaseIsDownPeersAreNotRead() throws Exception {
        answer(_ -> 204);
        try (ChildService service = start("switchboard.listeners.default.webhook.queue=10");
                RawClient client = service.connect()) {
            String peer = service.api().idOf(client);
            client.send("before\n");
            await().until(() -> accepted().size() == 2);
            server().kill();
            send(client, 0, 20);
            await().until(() -> metric(service, "unstored_events") == 20);
            send(client, 20, 100);
            await().until(
                            () ->
                                    service.api()
                                                    .metric(
                                                            "switchboard_paused_peers{listener=\"default\"}")
                                            == 1);
            assertThat(service.api().post("/send?to=" + peer, "live").status()).isEqualTo(200);
            assertThat(client.readLine()).isEqualTo("live");
            assertThat(metric(service, "unstored_events")).isEqualTo(20);
            server().restart();
            await().until(() -> accepted().size() == 102);
            assertThat(accepted().subList(2, 102))
                    .extracting(Post::text)
                    .startsWith("line 0", "line 1")
                    .endsWith("line 98", "line 99");
            awaitNothingWaits(service);
            assertThat(metric(service, "dropped_events_total")).isZero();
        }
    }

    /** A second process with the same listener and the same database. */
    @Test
    void anotherProcessTakesOverTheEventsOfOneThatCrashed() throws Exception {
        answer(_ -> 503);
        try (ChildService other = start()) {
            String peer;
            try (ChildService crashing = start();
                    RawClient client = crashing.connect()) {
                peer = crashing.api().idOf(client);
                client.send("one\n");
                awaitStored(crashing, 2);
                assertThat(metric(other, "queued_events")).isZero();
            }
            answer(_ -> 204);
            await().until(() -> accepted().size() == 3);
            assertThat(accepted())
                    .extracting(each -> each.event().at("/peer/id").asString())
                    .containsOnly(peer);
            assertThat(accepted())
                    .extracting(Post::type)
                    .containsExactly("connected", "message", "closed");
            awaitNothingWaits(other);
        }
    }

    private static void send(RawClient client, int from, int to) throws IOException {
        for (int number = from; number < to; number++) {
            client.send("line " + number + "\n");
        }
    }
}
