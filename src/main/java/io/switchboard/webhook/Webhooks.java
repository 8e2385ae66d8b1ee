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
import java.util.concurrent.atomic.AtomicInteger;
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
    private final WebhookAnswerBudget answers;
    private final WebhookQueueBudget queues;

    private final FormerWebhooks formers =
            new FormerWebhooks(byListener::containsKey, STOP_TIMEOUT);

    private final AtomicInteger added = new AtomicInteger();
    private volatile boolean running;

    Webhooks(
            PeerRegistry registry,
            Listeners listeners,
            MeterRegistry meters,
            Store store,
            StoredBytes storedBytes,
            SslBundles bundles,
            Tracing tracing,
            WebhookAnswerBudget answers,
            WebhookQueueBudget queues) {
        this.registry = registry;
        this.listeners = listeners;
        this.meters = meters;
        this.store = store;
        this.storedBytes = storedBytes;
        this.left = new LeftEvents(store, meters, this::ofKey);
        this.bundles = bundles;
        this.tracing = tracing;
        this.answers = answers;
        this.queues = queues;
        registry.observe(this);
    }

    /** Adds the webhook of a listener. Called before the first peer of the listener connects. */
    public void add(Listener listener, WebhookProperties properties) {
        Webhook webhook = create(listener, properties);
        byListener.put(listener.name(), webhook);
        if (running) {
            webhook.start();
        }
    }

    /**
     * Replaces the webhook of an open listener; neither may be durable. Events that wait are posted
     * to the former back end, on a thread of their own, for as long as it takes at most to give
     * them up. The peers get the new webhook with {@link #listenerChanged}, or with the first event
     * that the former one refuses.
     *
     * <p>A listener has one former webhook at most, so that changes do not fill the memory: if
     * events wait for an earlier one, they are given up. {@link #awaitFormer} tells whether they
     * do.
     *
     * @param properties null for no webhook
     */
    public void change(Listener listener, @Nullable WebhookProperties properties) {
        Webhook before = byListener.get(listener.name());
        if (before != null) {
            before.removeGauges();
        }
        if (properties == null) {
            byListener.remove(listener.name());
        } else {
            Webhook next = create(listener, properties);
            byListener.put(listener.name(), next);
            if (running) {
                next.start();
            }
        }
        if (before != null) {
            before.succeededBy(new Current(listener.name()));
            formers.retire(before, listener.name());
        }
    }

    /**
     * Returns whether no events wait for a former webhook of the listener, which gets no more then;
     * blocks for this time at most while there are some.
     */
    public boolean awaitFormer(Listener listener, Duration limit) {
        return formers.await(listener.name(), limit);
    }

    /** Returns the number of former webhooks for which events wait. */
    int formers() {
        return formers.all().size();
    }

    /**
     * Ends the webhook of a listener whose peers are closed, and the former one; blocks for a few
     * seconds at most while events wait. Durable events stay in the store.
     */
    public void remove(Listener listener) {
        List<Webhook> ending = new ArrayList<>(2);
        Webhook last = byListener.remove(listener.name());
        if (last != null) {
            ending.add(last);
        }
        Webhook former = formers.remove(listener.name());
        if (former != null) {
            ending.add(former);
        }
        stop(ending);
        for (Webhook each : ending) {
            each.removeGauges();
            each.removeCounters();
        }
    }

    private static void stop(List<Webhook> ending) {
        try (ExecutorService stops = Executors.newVirtualThreadPerTaskExecutor()) {
            ending.forEach(each -> stops.execute(() -> each.stop(STOP_TIMEOUT)));
        }
    }

    /**
     * Gives a peer the webhook that its listener has now; the bridges remain. A half-closed peer
     * keeps its own webhook until that refuses an event.
     */
    @Override
    public void listenerChanged(PeerSession session) {
        if (!session.hasInputEnded()) {
            move(session);
        }
    }

    /**
     * Gives a peer the webhook that its listener has now, and returns the peer's queue there; null
     * if the listener has none. Threads that do it at the same time get the same queue, which keeps
     * the order of the peer's events.
     */
    private @Nullable PeerEventQueue move(PeerSession session) {
        while (true) {
            Webhook now = byListener.get(session.listener().name());
            ReadGate gate = session.readPause().gate();
            List<PeerEventQueue> before = queues(gate);
            PeerEventQueue former =
                    before.stream()
                            .filter(each -> !isOfBridge(each.webhook()))
                            .findFirst()
                            .orElse(null);
            if ((former == null ? null : former.webhook()) == now) {
                return former;
            }
            PeerEventQueue moved = now == null ? null : now.queue(session);
            List<PeerEventQueue> next = new ArrayList<>(before.size() + 1);
            if (moved != null) {
                next.add(moved);
            }
            for (PeerEventQueue each : before) {
                if (each != former) {
                    next.add(each);
                }
            }
            if (session.readPause().replaceGate(gate, gate(next))) {
                return moved;
            }
        }
    }

    /** Finds the webhook that a listener has now, for a former one. */
    private final class Current implements Webhook.Successor {
        private final String listener;

        Current(String listener) {
            this.listener = listener;
        }

        @Override
        public @Nullable Webhook webhook() {
            return byListener.get(listener);
        }

        @Override
        public @Nullable PeerEventQueue move(PeerSession session) {
            return Webhooks.this.move(session);
        }
    }

    private boolean isOfBridge(Webhook webhook) {
        return bridges.values().stream().anyMatch(each -> each.webhook() == webhook);
    }

    private Webhook create(Listener listener, WebhookProperties properties) {
        // events of this run that another webhook of the listener has stored are another run's
        String run = running ? registry.boot() + "." + added.incrementAndGet() : registry.boot();
        return create(
                Publication.ofListener(listener.name()),
                run,
                properties,
                new HttpWebhookClient(
                        listener,
                        properties,
                        run,
                        WebhookTls.of(listener.name(), properties, bundles),
                        tracing,
                        answers),
                listener.maxConnections());
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
                        registry.boot(),
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
            Publication publication,
            String run,
            EventQueueSettings settings,
            WebhookClient client,
            int peers) {
        Unstored unstored = new Unstored(settings, peers, storedBytes, queues);
        WebhookQueue queue =
                new WebhookQueue(settings, peers, settings.durable() ? unstored : null, queues);
        Backlog backlog =
                new Backlog(
                        publication, run, settings, queue, unstored, store, storedBytes, queues);
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
        if (!queues.isEmpty()) {
            session.readPause().gate(gate(queues));
        }
        for (PeerEventQueue each : queues) {
            each.webhook().event(each, EventType.CONNECTED, session, null);
        }
    }

    private static @Nullable ReadGate gate(List<PeerEventQueue> queues) {
        return switch (queues.size()) {
            case 0 -> null;
            case 1 -> queues.getFirst();
            default -> new SeveralQueues(queues);
        };
    }

    /** Returns the queues of a peer; none if it has no webhook and no bridge. */
    private static List<PeerEventQueue> queues(PeerSession session) {
        return queues(session.readPause().gate());
    }

    private static List<PeerEventQueue> queues(@Nullable ReadGate gate) {
        return switch (gate) {
            case PeerEventQueue each -> List.of(each);
            case SeveralQueues(List<PeerEventQueue> queues) -> queues;
            case null, default -> List.of();
        };
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
        for (PeerEventQueue each : queues(session)) {
            each.webhook().event(each, type, session, reason);
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
        List<Webhook> ending = all();
        ending.addAll(formers.all());
        stop(ending);
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
