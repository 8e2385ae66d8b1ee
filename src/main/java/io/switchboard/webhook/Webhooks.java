package io.switchboard.webhook;

import io.micrometer.core.instrument.MeterRegistry;
import io.switchboard.events.Event;
import io.switchboard.events.EventSink;
import io.switchboard.events.EventType;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.PeerObserver;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.ReadPause.ReadGate;
import io.switchboard.receive.InboundMessage;
import io.switchboard.receive.MessageSink;
import io.switchboard.store.Store;
import io.switchboard.store.StoredBytes;
import io.switchboard.store.Transaction;
import io.switchboard.tracing.Tracing;
import io.switchboard.webhook.WebhookQueue.PeerEventQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * The webhooks of all listeners that have one, and the events of all bridges. They stop after the
 * drain has closed every peer and the listeners have stopped, because those have higher lifecycle
 * phases.
 */
@Component
public final class Webhooks implements MessageSink, PeerObserver, EventSink, SmartLifecycle {
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(4);

    private final Map<String, Webhook> byListener = new ConcurrentHashMap<>();
    private final Map<String, Bridge> bridges = new ConcurrentHashMap<>();
    private final PeerRegistry registry;
    private final MeterRegistry meters;
    private final Listeners listeners;
    private final Store store;
    private final StoredBytes storedBytes;
    private final Tracing tracing;
    private final LeftEvents left;
    private final SslBundles bundles;
    private volatile boolean running;

    Webhooks(
            PeerRegistry registry,
            Listeners listeners,
            MeterRegistry meters,
            Store store,
            StoredBytes storedBytes,
            SslBundles bundles,
            Tracing tracing) {
        this.registry = registry;
        this.listeners = listeners;
        this.meters = meters;
        this.store = store;
        this.storedBytes = storedBytes;
        this.left = new LeftEvents(store, meters, this::ofKey);
        this.bundles = bundles;
        this.tracing = tracing;
        registry.observe(this);
    }

    /** Adds the webhook of a listener. Called before the first peer of the listener connects. */
    public void add(Listener listener, WebhookProperties properties) {
        Webhook webhook =
                create(
                        Publication.ofListener(listener.name()),
                        properties,
                        new HttpWebhookClient(
                                listener,
                                properties,
                                registry.boot(),
                                WebhookTls.of(listener.name(), properties, bundles),
                                tracing),
                        listener.maxConnections());
        byListener.put(listener.name(), webhook);
        if (running) {
            webhook.start();
        }
    }

    /**
     * Adds a bridge, whose events go to a broker. Called before the first peer connects.
     *
     * @param names the listeners whose events are sent; empty for all listeners
     * @param peers the maximum number of peers whose connected and closed events find room beyond
     *     the bounds of the queue
     */
    public BridgeEvents addBridge(
            String name,
            Set<String> names,
            EventQueueSettings settings,
            EventPublisher publisher,
            int peers) {
        Publication publication = Publication.ofBridge(name);
        Webhook webhook =
                create(
                        publication,
                        settings,
                        new BridgeClient(publication, registry.boot(), publisher),
                        peers);
        bridges.put(name, new Bridge(Set.copyOf(names), webhook));
        if (running) {
            webhook.start();
        }
        return new BridgeEvents(webhook);
    }

    /** The events of a bridge. */
    public static final class BridgeEvents {
        private final Webhook webhook;

        private BridgeEvents(Webhook webhook) {
            this.webhook = webhook;
        }

        /** Returns the state for people: whether the broker takes them, and how many wait. */
        public String state() {
            return webhook.state();
        }

        /** Returns why the broker does not take them, or why they cannot be stored. */
        public Optional<String> problem() {
            return webhook.problem();
        }
    }

    private Webhook create(
            Publication publication, EventQueueSettings settings, WebhookClient client, int peers) {
        Unstored unstored = new Unstored(settings, peers, storedBytes);
        WebhookQueue queue =
                new WebhookQueue(settings, peers, settings.durable() ? unstored : null);
        Backlog backlog =
                new Backlog(
                        publication,
                        registry.boot(),
                        settings,
                        queue,
                        unstored,
                        store,
                        storedBytes);
        return new Webhook(
                publication,
                settings,
                queue,
                backlog,
                client,
                meters,
                tracing,
                task ->
                        Thread.ofVirtual()
                                .name(publication.word() + "-" + publication.name())
                                .start(task),
                Webhooks::schedule);
    }

    private static void schedule(Runnable task, Duration delay) {
        CompletableFuture.delayedExecutor(delay.toNanos(), TimeUnit.NANOSECONDS).execute(task);
    }

    /** Returns the state of the webhook of a listener, for people; empty if it has no webhook. */
    public Optional<String> state(Listener listener) {
        return Optional.ofNullable(byListener.get(listener.name())).map(Webhook::state);
    }

    @Override
    public void connected(PeerSession session) {
        String listener = session.listener().name();
        List<PeerEventQueue> queues = new ArrayList<>(1);
        Webhook webhook = byListener.get(listener);
        if (webhook != null) {
            queues.add(webhook.queue(session));
        }
        for (Bridge bridge : bridges.values()) {
            if (bridge.includes(listener)) {
                queues.add(bridge.webhook().queue(session));
            }
        }
        if (queues.size() == 1) {
            session.readPause().gate(queues.getFirst());
        } else if (queues.size() > 1) {
            session.readPause().gate(new SeveralQueues(queues));
        }
        for (PeerEventQueue each : queues) {
            each.webhook().event(each, EventType.CONNECTED, session, null);
        }
    }

    @Override
    public void message(PeerSession session, InboundMessage message) {
        switch (session.readPause().gate()) {
            case PeerEventQueue each -> each.webhook().message(each, session, message);
            case SeveralQueues(List<PeerEventQueue> queues) -> {
                for (PeerEventQueue each : queues) {
                    each.webhook().message(each, session, message);
                }
            }
            case null, default -> {} // no webhook and no bridge
        }
    }

    @Override
    public void event(PeerSession session, EventType type, @Nullable String reason) {
        switch (session.readPause().gate()) {
            case PeerEventQueue each -> each.webhook().event(each, type, session, reason);
            case SeveralQueues(List<PeerEventQueue> queues) -> {
                for (PeerEventQueue each : queues) {
                    each.webhook().event(each, type, session, reason);
                }
            }
            case null, default -> {} // no webhook and no bridge
        }
    }

    /** The queues of one peer: a read must find room in all of them. */
    private record SeveralQueues(List<PeerEventQueue> queues) implements ReadGate {
        @Override
        public boolean allowsRead(PeerSession session) {
            for (PeerEventQueue each : queues) {
                if (!each.allowsRead(session)) {
                    return false; // asked again when this one has room
                }
            }
            return true;
        }

        @Override
        public boolean owesAnswer() {
            for (PeerEventQueue each : queues) {
                if (each.owesAnswer()) {
                    return true;
                }
            }
            return false;
        }
    }

    /**
     * @param listeners the listeners whose events are sent; empty for all
     */
    private record Bridge(Set<String> listeners, Webhook webhook) {
        boolean includes(String listener) {
            return listeners.isEmpty() || listeners.contains(listener);
        }
    }

    private @Nullable Webhook ofKey(String key) {
        Publication publication = Publication.ofKey(key);
        return switch (publication.kind()) {
            case WEBHOOK -> byListener.get(publication.name());
            case BRIDGE -> {
                Bridge bridge = bridges.get(publication.name());
                yield bridge == null ? null : bridge.webhook();
            }
        };
    }

    /** Returns the publications that get an event of a stored message. */
    private List<Webhook> of(@Nullable PeerSession session, @Nullable String listener) {
        String at = session == null ? listener : session.listener().name();
        if (at == null && listeners.all().size() == 1) {
            at = listeners.all().iterator().next().name();
        }
        List<Webhook> found = new ArrayList<>(1);
        Webhook webhook = at == null ? null : byListener.get(at);
        if (webhook != null) {
            found.add(webhook);
        }
        for (Bridge bridge : bridges.values()) {
            if (at == null ? bridge.listeners().isEmpty() : bridge.includes(at)) {
                found.add(bridge.webhook());
            }
        }
        return found;
    }

    /** Returns the webhooks of all listeners and the events of all bridges. */
    private List<Webhook> all() {
        List<Webhook> all = new ArrayList<>(byListener.values());
        bridges.values().forEach(each -> all.add(each.webhook()));
        return all;
    }

    @Override
    public void store(
            Transaction in,
            EventType type,
            Event.Stored message,
            @Nullable PeerSession session,
            @Nullable String listener) {
        of(session, listener).forEach(each -> each.store(in, type, message, session));
    }

    @Override
    public void stored(
            EventType type,
            Event.Stored message,
            @Nullable PeerSession session,
            @Nullable String listener) {
        of(session, listener).forEach(each -> each.stored(type, message, session));
    }

    @Override
    public void start() {
        running = true;
        all().forEach(Webhook::start);
        left.start();
    }

    @Override
    public void stop(Runnable callback) {
        Runnable stop =
                () -> {
                    try {
                        stop();
                    } finally {
                        callback.run();
                    }
                };
        Thread.ofVirtual().name("webhooks-stop").start(stop);
    }

    @Override
    public void stop() {
        left.stop();
        try (ExecutorService stops = Executors.newVirtualThreadPerTaskExecutor()) {
            all().forEach(each -> stops.execute(() -> each.stop(STOP_TIMEOUT)));
        }
        running = false;
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /**
     * Returns a phase below that of the adapters ({@code Integer.MAX_VALUE / 2}), so that the
     * closed events of their peers are posted.
     */
    @Override
    public int getPhase() {
        return 0;
    }
}
