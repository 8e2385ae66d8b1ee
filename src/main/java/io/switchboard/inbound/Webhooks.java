package io.switchboard.inbound;

import io.micrometer.core.instrument.MeterRegistry;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerObserver;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * The webhooks of all listeners that have one. Stops when the drain has closed every peer and the
 * listeners have stopped: their phases are higher.
 */
@Component
public final class Webhooks
        implements Inbound.MessageSink, PeerObserver, Inbound.EventSink, SmartLifecycle {
    private static final Duration LAST_POSTS = Duration.ofSeconds(4);

    private final Map<String, Webhook> byListener = new ConcurrentHashMap<>();
    private final PeerRegistry registry;
    private final MeterRegistry meters;
    private volatile boolean running;

    Webhooks(PeerRegistry registry, MeterRegistry meters) {
        this.registry = registry;
        this.meters = meters;
        registry.observe(this);
    }

    /** Has a back end told of the peers of a listener; called before its first peer connects. */
    public void add(Listener listener, WebhookProperties properties) {
        WebhookQueue queue = new WebhookQueue(properties, listener.maxConnections());
        byListener.put(
                listener.name(),
                new Webhook(
                        listener,
                        properties,
                        queue,
                        new HttpBackEnd(listener, properties, registry.boot()),
                        meters,
                        task -> Thread.ofVirtual().name("webhook-" + listener.name()).start(task),
                        Webhooks::later));
    }

    private static void later(Runnable task, Duration delay) {
        CompletableFuture.delayedExecutor(delay.toNanos(), TimeUnit.NANOSECONDS).execute(task);
    }

    /** How the webhook of a listener fares, for people; empty without one. */
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
        if (session.intake() instanceof WebhookQueue.Lane lane) {
            lane.webhook().message(lane, session, message);
        }
    }

    @Override
    public void event(PeerSession session, EventType type, @Nullable String reason) {
        if (session.intake() instanceof WebhookQueue.Lane lane) {
            lane.webhook().event(lane, type, session, reason);
        }
    }

    @Override
    public void start() {
        running = true;
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
        try (ExecutorService stops = Executors.newVirtualThreadPerTaskExecutor()) {
            byListener.values().forEach(each -> stops.execute(() -> each.stop(LAST_POSTS)));
        }
        running = false;
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Below the adapters' {@code Integer.MAX_VALUE / 2}: what they still close is posted. */
    @Override
    public int getPhase() {
        return 0;
    }
}
