package io.switchboard.bridge;

import io.micrometer.core.instrument.MeterRegistry;
import io.switchboard.delivery.SendRequests;
import io.switchboard.events.EventType;
import io.switchboard.listener.StoredListeners;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.webhook.EventQueueSettings;
import io.switchboard.webhook.WebhookProperties.WhenFull;
import io.switchboard.webhook.Webhooks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.EventListener;
import org.springframework.util.unit.DataSize;

/**
 * The configured bridges. Their events are queued from the first peer on. Sends are taken when the
 * service is ready, and no more when it begins to stop, before the peers are drained. The last
 * events are published after that: {@link Webhooks} then closes the connections.
 */
final class Bridges implements SmartLifecycle {
    /** The peers whose connected and closed events find room in a full queue. */
    private static final int MAX_PEERS = 50_000;

    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(4);

    private final List<Bridge> all = new ArrayList<>();
    private final Listeners listeners;
    private final StoredListeners stored;
    private volatile boolean running;

    Bridges(
            BridgesProperties configured,
            List<BrokerFactory> factories,
            Webhooks webhooks,
            Listeners listeners,
            StoredListeners stored,
            PeerRegistry registry,
            SendRequests requests,
            MeterRegistry meters) {
        this.listeners = listeners;
        this.stored = stored;
        for (Map.Entry<String, BridgeProperties> each :
                new TreeMap<>(configured.bridges()).entrySet()) {
            String name = each.getKey();
            BridgeProperties properties = each.getValue();
            Broker broker = factory(factories, properties.kind()).create(name, properties);
            String to = properties.presenceTo();
            Presence presence =
                    to == null
                            ? null
                            : new Presence(
                                    broker,
                                    TopicTemplate.parse("presence-to", to, properties.kind()),
                                    peer -> !registry.named(peer).isEmpty());
            EventsOut events = new EventsOut(broker, properties, presence);
            SendIntake sends =
                    properties.sendsFrom() == null
                            ? null
                            : new SendIntake(name, properties, requests, broker, meters);
            all.add(
                    new Bridge(
                            name,
                            properties,
                            broker,
                            webhooks.addBridge(
                                    name,
                                    properties.listeners(),
                                    Queued.of(properties),
                                    events,
                                    MAX_PEERS),
                            sends));
        }
    }

    private static BrokerFactory factory(List<BrokerFactory> factories, BridgeType type) {
        return factories.stream()
                .filter(each -> each.type() == type)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no client for " + type.word()));
    }

    private void checkListeners(Bridge bridge) {
        for (String each : bridge.properties().listeners()) {
            if (!stored.mayExist(each)) {
                throw new IllegalArgumentException(
                        "switchboard.bridges.%s.listeners contains %s, which is no listener: known are %s"
                                .formatted(
                                        bridge.name(),
                                        each,
                                        String.join(
                                                ", ",
                                                listeners.all().stream()
                                                        .map(Listener::name)
                                                        .sorted()
                                                        .toList())));
            }
        }
    }

    /** The settings of a bridge's queue, which also has the events that change the presence. */
    private record Queued(BridgeProperties properties, Set<EventType> events)
            implements EventQueueSettings {
        private static final Set<EventType> PRESENCE =
                EnumSet.of(EventType.CONNECTED, EventType.IDENTIFIED, EventType.CLOSED);

        static Queued of(BridgeProperties properties) {
            EnumSet<EventType> events = EnumSet.noneOf(EventType.class);
            if (properties.eventsTo() != null) {
                events.addAll(properties.events());
            }
            if (properties.presenceTo() != null) {
                events.addAll(PRESENCE);
            }
            return new Queued(properties, Set.copyOf(events));
        }

        @Override
        public int queue() {
            return properties.queue();
        }

        @Override
        public DataSize queueBytes() {
            return properties.queueBytes();
        }

        @Override
        public WhenFull whenFull() {
            return properties.whenFull();
        }

        @Override
        public Duration giveUpAfter() {
            return properties.giveUpAfter();
        }

        @Override
        public boolean durable() {
            return properties.durable();
        }

        @Override
        public Duration maxAge() {
            return properties.maxAge();
        }

        @Override
        public int parallel() {
            return properties.parallel();
        }
    }

    List<Bridge> all() {
        return List.copyOf(all);
    }

    @EventListener
    void ready(ApplicationReadyEvent event) {
        if (running) {
            all.forEach(Bridge::startSends);
        }
    }

    /** Checks the names of listeners, which are all known by now, though some may not be open. */
    @Override
    public void start() {
        all.forEach(this::checkListeners);
        running = true;
    }

    @Override
    public void stop() {
        running = false;
        try (ExecutorService stops = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Bridge each : all) {
                SendIntake sends = each.sends();
                if (sends != null) {
                    stops.execute(
                            () -> {
                                sends.stop(STOP_TIMEOUT);
                                each.broker().stopSends();
                            });
                }
            }
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Returns the highest phase, so that no send is taken while the peers are drained. */
    @Override
    public int getPhase() {
        return Integer.MAX_VALUE;
    }
}
