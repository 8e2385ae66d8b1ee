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
import io.switchboard.receive.InboundMessage;
import io.switchboard.receive.MessageSink;
import io.switchboard.store.Store;
import io.switchboard.store.StoredBytes;
import io.switchboard.store.Transaction;
import io.switchboard.tracing.Tracing;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
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
 * The webhooks of all listeners that have one. They stop after the drain has closed every peer and
 * the listeners have stopped, because those have higher lifecycle phases.
 */
@Component
public final class Webhooks implements MessageSink, PeerObserver, EventSink, SmartLifecycle {
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(4);

    private final Map<String, Webhook> byListener = new ConcurrentHashMap<>();
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
        this.left = new LeftEvents(store, meters, byListener::get);
        this.bundles = bundles;
        this.tracing = tracing;
        registry.observe(this);
    }

    /** Adds the webhook of a listener. Called before the first peer of the listener connects. */
    public void add(Listener listener, WebhookProperties properties) {
        Unstored unstored = new Unstored(properties, listener.maxConnections(), storedBytes);
        WebhookQueue queue =
                new WebhookQueue(
                        properties,
                        listener.maxConnections(),
                        properties.durable() ? unstored : null);
        Backlog backlog =
                new Backlog(
                        listener.name(),
                        registry.boot(),
                        properties,
                        queue,
                        unstored,
                        store,
                        storedBytes);
        Webhook webhook =
                new Webhook(
                        listener,
                        properties,
                        queue,
                        backlog,
                        new HttpWebhookClient(
                                listener,
                                properties,
                                registry.boot(),
                                WebhookTls.of(listener.name(), properties, bundles),
                                tracing),
                        meters,
                        tracing,
                        task -> Thread.ofVirtual().name("webhook-" + listener.name()).start(task),
                        Webhooks::schedule);
        byListener.put(listener.name(), webhook);
        if (running) {
            webhook.start();
        }
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
        Webhook webhook = byListener.get(session.listener().name());
        if (webhook != null) {
            webhook.connected(session);
        }
    }

    @Override
    public void message(PeerSession session, InboundMessage message) {
        if (session.readPause().gate() instanceof WebhookQueue.PeerEventQueue peerQueue) {
            peerQueue.webhook().message(peerQueue, session, message);
        }
    }

    @Override
    public void event(PeerSession session, EventType type, @Nullable String reason) {
        if (session.readPause().gate() instanceof WebhookQueue.PeerEventQueue peerQueue) {
            peerQueue.webhook().event(peerQueue, type, session, reason);
        }
    }

    @Override
    public void store(
            Transaction in,
            EventType type,
            Event.Stored message,
            @Nullable PeerSession session,
            @Nullable String listener) {
        Webhook webhook = of(session, listener);
        if (webhook != null) {
            webhook.store(in, type, message, session);
        }
    }

    @Override
    public void stored(
            EventType type,
            Event.Stored message,
            @Nullable PeerSession session,
            @Nullable String listener) {
        Webhook webhook = of(session, listener);
        if (webhook != null) {
            webhook.stored(type, message, session);
        }
    }

    private @Nullable Webhook of(@Nullable PeerSession session, @Nullable String listener) {
        String at = session == null ? listener : session.listener().name();
        return at == null ? ofOnlyListener() : byListener.get(at);
    }

    /** Returns the webhook of the only listener; null if it has none, or there are several. */
    private @Nullable Webhook ofOnlyListener() {
        return listeners.all().size() == 1
                ? byListener.get(listeners.all().iterator().next().name())
                : null;
    }

    @Override
    public void start() {
        running = true;
        byListener.values().forEach(Webhook::start);
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
            byListener.values().forEach(each -> stops.execute(() -> each.stop(STOP_TIMEOUT)));
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
