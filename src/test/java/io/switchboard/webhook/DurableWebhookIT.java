package io.switchboard.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.BackEnds.Post;
import io.switchboard.testkit.ChildService;
import io.switchboard.testkit.RawClient;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract with the embedded database. */
class DurableWebhookIT extends DurableWebhookContract {
    private static final int LINES = 400;
    private static final int LENGTH = 1_000;

    @TempDir Path directory;

    @Override
    List<String> database() {
        return List.of("switchboard.data.directory=" + directory);
    }

    /** The limit is half of what the peer sends. */
    @Test
    void whileTheStoreIsFullPeersAreNotRead() throws Exception {
        AtomicBoolean down = new AtomicBoolean(true);
        answer(_ -> down.get() ? 503 : 204);
        try (ChildService service =
                        start(
                                "switchboard.mailbox.total-max-bytes=200KB",
                                "switchboard.listeners.default.webhook.queue=20");
                RawClient client = service.connect()) {
            service.api().idOf(client);
            Thread sender = Thread.ofVirtual().start(() -> send(client));
            await().until(
                            () ->
                                    service.api()
                                                            .metric(
                                                                    "switchboard_paused_peers{listener=\"default\"}")
                                                    == 1
                                            && metric(service, "stored_bytes") > 200 * 1024);
            assertThat(metric(service, "stored_bytes")).isLessThan(2 * 200 * 1024);
            assertThat(service.api().post("/send?to=truck-7&ttl=1h", "x").status()).isEqualTo(507);
            down.set(false);
            await().until(() -> accepted().size() == LINES + 1);
            sender.join();
            assertThat(accepted().stream().filter(Post::isMessage).map(Post::text))
                    .isEqualTo(IntStream.range(0, LINES).mapToObj(DurableWebhookIT::line).toList());
            awaitNothingWaits(service);
            assertThat(metric(service, "dropped_events_total")).isZero();
        }
    }

    private static void send(RawClient client) {
        try {
            for (int line = 0; line < LINES; line++) {
                client.send(line(line) + "\n");
            }
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String line(int number) {
        return number + " " + "x".repeat(LENGTH);
    }
}
