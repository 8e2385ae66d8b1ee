package io.switchboard.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.switchboard.events.EventPeer;
import io.switchboard.events.EventType;
import io.switchboard.peer.PeerId;
import io.switchboard.peer.PeerSession;
import io.switchboard.store.Store;
import io.switchboard.store.StoredBytes;
import io.switchboard.tracing.Tracing;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Webhooks with a store and without a back end. */
final class WebhookFixtures {
    /** Who has sent an event. */
    static final EventPeer WHO =
            new EventPeer(
                    PeerId.parse("4kdtwq-17").orElseThrow(),
                    null,
                    List.of(),
                    "default",
                    new InetSocketAddress(1),
                    UTF_8);

    private WebhookFixtures() {}

    /** Returns a budget that is never full. */
    static WebhookQueueBudget budget() {
        return new WebhookQueueBudget(1L << 40);
    }

    static WebhookProperties properties(String store) {
        return WebhookPropertiesTest.bind(
                Map.of("url", "http://127.0.0.1:1/", "store", store, "queue", "20"));
    }

    static Backlog backlog(
            String run,
            WebhookProperties properties,
            WebhookQueue queue,
            Store store,
            StoredBytes bytes) {
        Unstored unstored = new Unstored(properties, 10, bytes, budget());
        return new Backlog(
                Publication.ofListener("default"),
                run,
                properties,
                queue,
                unstored,
                store,
                bytes,
                budget());
    }

    /**
     * Returns a webhook of the listener {@code default}.
     *
     * @param posted is called with the body of each event that is posted
     */
    static Webhook webhook(
            String run,
            WebhookProperties properties,
            Store store,
            StoredBytes bytes,
            Consumer<String> posted) {
        WebhookQueue queue =
                new WebhookQueue(
                        properties,
                        10,
                        properties.durable() ? new Unstored(properties, 10, bytes, budget()) : null,
                        budget());
        return new Webhook(
                Publication.ofListener("default"),
                properties,
                queue,
                backlog(run, properties, queue, store, bytes),
                new Client(posted),
                new SimpleMeterRegistry(),
                Tracing.OFF,
                task -> Thread.ofVirtual().start(task),
                (task, _) -> Thread.ofVirtual().start(task));
    }

    /** Connects a peer, as {@link Webhooks} does. */
    static void connect(Webhook webhook, PeerSession session) {
        WebhookQueue.PeerEventQueue peerQueue = webhook.queue(session);
        session.readPause().gate(peerQueue);
        webhook.event(peerQueue, EventType.CONNECTED, session, null);
    }

    private record Client(Consumer<String> posted) implements WebhookClient {
        @Override
        public Outcome post(WebhookQueue.PeerEventQueue peerQueue, QueuedEvent event) {
            byte[] body =
                    switch (event) {
                        case QueuedEvent.InStore stored -> stored.body();
                        case QueuedEvent.InMemory memory ->
                                HttpWebhookClient.json(memory.event(), null);
                    };
            posted.accept(new String(body, UTF_8));
            return new Outcome.Accepted(new byte[0]);
        }

        @Override
        public void close() {}
    }
}
