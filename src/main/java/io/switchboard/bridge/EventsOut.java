package io.switchboard.bridge;

import io.switchboard.events.EventType;
import io.switchboard.webhook.EventPublisher;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Publishes the events of a bridge: to {@code events-to}, and the presence of peers beside it.
 * Thread-safe.
 */
final class EventsOut implements EventPublisher {
    private final Broker broker;
    private final @Nullable TopicTemplate eventsTo;
    private final @Nullable Presence presence;
    private final Set<String> types;

    /**
     * @param presence null if it is not published
     */
    EventsOut(Broker broker, BridgeProperties properties, @Nullable Presence presence) {
        this.broker = broker;
        String to = properties.eventsTo();
        this.eventsTo = to == null ? null : TopicTemplate.parse("events-to", to, properties.kind());
        this.presence = presence;
        this.types = properties.events().stream().map(EventType::word).collect(Collectors.toSet());
    }

    @Override
    public Outcome publish(Publishing publishing) {
        BridgeEvent event = BridgeEvent.of(publishing);
        if (presence != null) {
            Outcome outcome = presence.publish(event);
            if (outcome instanceof Outcome.Failed) {
                return outcome;
            }
        }
        if (eventsTo == null || !types.contains(event.type())) {
            return new Outcome.Accepted();
        }
        String to = eventsTo.name(event::value);
        if (!eventsTo.fits(to)) {
            return new Outcome.Refused("the name of its topic would be too long: " + to);
        }
        return broker.publish(
                Outgoing.json(
                        to,
                        event.key(),
                        Map.of("type", event.type(), "delivery", publishing.delivery()),
                        publishing.body()));
    }

    /** Closes the connection to the broker: the events are the last that is published. */
    @Override
    public void close() {
        broker.close();
    }
}
