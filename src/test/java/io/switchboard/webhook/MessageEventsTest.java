package io.switchboard.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.switchboard.events.Event;
import io.switchboard.events.EventType;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.store.Store;
import io.switchboard.store.StoreException;
import io.switchboard.store.StoreFixtures;
import io.switchboard.store.StoredBytes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** The events of stored messages are in the transaction that changes the message. */
class MessageEventsTest {
    @TempDir private Path directory;
    private final StoredBytes bytes = StoreFixtures.bytes(1_000_000_000);
    private final List<String> posted = new CopyOnWriteArrayList<>();
    private Store store;

    @BeforeEach
    void open() {
        store = StoreFixtures.embedded(directory);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private Webhook webhook(String run) {
        return WebhookFixtures.webhook(
                run,
                WebhookFixtures.properties("durable"),
                store,
                bytes,
                body -> posted.add(JsonMapper.shared().readTree(body).path("message").asString()));
    }

    private static String id(int number) {
        return "message-" + number;
    }

    private void store(Webhook webhook, int from, int to, String name) throws Exception {
        store.writeAndWait(
                in -> {
                    for (int number = from; number < to; number++) {
                        webhook.store(
                                in,
                                EventType.MESSAGE_STORED,
                                new Event.Stored(id(number), name),
                                null);
                    }
                    return true;
                });
    }

    private static List<String> ids(int from, int to) {
        return IntStream.range(from, to).mapToObj(MessageEventsTest::id).toList();
    }

    /** The first process ends before its webhook has done anything. */
    @Test
    void anotherProcessPostsWhatACrashedOneCommitted() throws Exception {
        store(webhook("first"), 0, 3, "van");
        store.close();
        store = StoreFixtures.embedded(directory);
        Webhook next = webhook("second");
        next.start();
        await().until(() -> posted.size() == 3);
        assertThat(posted).isEqualTo(ids(0, 3));
        next.stop(Duration.ofSeconds(3));
    }

    @Test
    void nothingIsPostedOfATransactionThatFails() throws Exception {
        Webhook webhook = webhook("run");
        webhook.start();
        assertThatThrownBy(
                        () ->
                                store.writeAndWait(
                                        in -> {
                                            webhook.store(
                                                    in,
                                                    EventType.MESSAGE_STORED,
                                                    new Event.Stored("lost", "van"),
                                                    null);
                                            throw new StoreException(
                                                    StoreException.Fault.UNAVAILABLE, "fails");
                                        }))
                .isInstanceOf(StoreException.class);
        store(webhook, 0, 1, "van");
        await().until(() -> !posted.isEmpty());
        assertThat(posted).containsExactly(id(0));
        await().until(() -> bytes.bytes() == 0);
        webhook.stop(Duration.ofSeconds(3));
    }

    /** They take no memory: other events that wait for the database leave room for them. */
    @Test
    void otherEventsThatWaitInMemoryDropNone() throws Exception {
        Webhook webhook = webhook("run");
        PeerRegistry registry = PeerFixtures.registry();
        for (int peer = 0; peer < 100; peer++) { // more than there is room for
            WebhookFixtures.connect(
                    webhook, registry.open(PeerFixtures.listener("default"), new FakeLink()));
        }
        store(webhook, 0, 1, "van");
        webhook.start();
        await().until(() -> posted.contains(id(0)));
        webhook.stop(Duration.ofSeconds(3));
    }

    /** Far more than the queue holds, of one name and of many, while the webhook posts. */
    @Test
    void postsAllInTheOrderOfTheirNames() throws Exception {
        Webhook webhook = webhook("run");
        webhook.start();
        List<String> expected = new ArrayList<>();
        for (int from = 0; from < 300; from += 30) {
            store(webhook, from, from + 30, "van");
            store(webhook, 1_000 + from, 1_030 + from, "name-" + from);
            expected.addAll(ids(from, from + 30));
        }
        await().until(() -> posted.size() == 600);
        assertThat(posted.stream().filter(each -> each.length() < id(1_000).length()).toList())
                .isEqualTo(expected);
        await().until(() -> bytes.bytes() == 0);
        webhook.stop(Duration.ofSeconds(3));
    }
}
