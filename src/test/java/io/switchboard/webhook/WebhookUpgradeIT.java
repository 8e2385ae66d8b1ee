package io.switchboard.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.store.PostgresServer;
import io.switchboard.store.PreviousStore;
import io.switchboard.store.Store;
import io.switchboard.store.StoreFixtures;
import io.switchboard.store.StoredBytes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** This release posts the events that an earlier one has stored. */
class WebhookUpgradeIT {
    @TempDir private Path directory;
    private final List<JsonNode> posted = new CopyOnWriteArrayList<>();

    @Test
    void postsWhatIsInTheEmbeddedDatabase() throws Exception {
        PreviousStore.copyTo(directory);
        try (Store store = StoreFixtures.embedded(directory)) {
            postsAll(store);
        }
    }

    @Test
    void postsWhatIsInPostgresql() throws Exception {
        try (PostgresServer server = PostgresServer.start()) {
            PreviousStore.load(server);
            try (Store store = StoreFixtures.store(server)) {
                postsAll(store);
            }
        }
    }

    private void postsAll(Store store) throws Exception {
        StoredBytes bytes = StoreFixtures.bytes(1_000_000_000);
        Webhook webhook =
                WebhookFixtures.webhook(
                        "next",
                        WebhookFixtures.properties("durable"),
                        store,
                        bytes,
                        body -> posted.add(JsonMapper.shared().readTree(body)));
        webhook.start();
        await().until(() -> posted.size() == 10 && bytes.bytes() == 0);
        assertThat(ofPeer("van"))
                .containsExactly("identified", "message id van", "message hello", "closed kicked");
        assertThat(posted.stream().filter(each -> each.path("message").isString()))
                .extracting(each -> each.get("type").asString())
                .containsExactly("message-stored", "message-stored", "message-stored");
        assertThat(posted)
                .filteredOn(each -> each.path("reason").asString("").equals("service_restarted"))
                .as("the peer that was connected when the service was killed")
                .hasSize(1);
        assertThat(PreviousStore.missingMigrations(store)).isZero();
        webhook.stop(Duration.ofSeconds(3));
    }

    private List<String> ofPeer(String name) {
        return posted.stream()
                .filter(each -> each.at("/peer/name").asString("").equals(name))
                .map(
                        each ->
                                "%s %s%s"
                                        .formatted(
                                                each.get("type").asString(),
                                                each.path("text").asString(""),
                                                each.path("reason").asString(""))
                                        .strip())
                .toList();
    }
}
