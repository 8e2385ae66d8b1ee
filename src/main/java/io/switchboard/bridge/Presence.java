package io.switchboard.bridge;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.events.EventType;
import io.switchboard.webhook.EventPublisher.Outcome;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * Publishes whether peers with a name are connected, as retained messages: {@code online}, and
 * {@code offline REASON} when the peer has closed, or {@code offline renamed}.
 *
 * <p>Events of one peer come one after the other. Race: A peer closes while another one gets its
 * name. The names are looked up after the message of the first one was published, so whichever is
 * published last, {@code online} follows it. Peers of other nodes are not seen.
 */
final class Presence {
    private static final String CONNECTED = EventType.CONNECTED.word();
    private static final String IDENTIFIED = EventType.IDENTIFIED.word();
    private static final String CLOSED = EventType.CLOSED.word();

    private final Broker broker;
    private final TopicTemplate topic;
    private final Predicate<String> held;

    /** The published names of connected peers, by their ids. */
    private final Map<String, String> names = new ConcurrentHashMap<>();

    /**
     * @param held returns whether a connected peer has a name
     */
    Presence(Broker broker, TopicTemplate topic, Predicate<String> held) {
        this.broker = broker;
        this.topic = topic;
        this.held = held;
    }

    /** Publishes what an event changes; repeating it is harmless. */
    Outcome publish(BridgeEvent event) {
        String id = event.id();
        String name = event.name();
        if (id == null) {
            return new Outcome.Accepted(); // the event of a stored message
        }
        Outcome outcome = new Outcome.Accepted();
        if (event.type().equals(CONNECTED) || event.type().equals(IDENTIFIED)) {
            String earlier = names.get(id);
            if (earlier != null && !earlier.equals(name)) {
                outcome = offline(earlier, "renamed");
            }
            if (name != null && !(outcome instanceof Outcome.Failed)) {
                names.put(id, name);
                outcome = send(name, "online");
            }
        } else if (event.type().equals(CLOSED)) {
            if (name != null) {
                outcome = offline(name, event.reason() == null ? "closed" : event.reason());
            }
            if (!(outcome instanceof Outcome.Failed)) {
                names.remove(id);
            }
        }
        return outcome;
    }

    private Outcome offline(String name, String reason) {
        Outcome outcome = send(name, "offline " + reason);
        boolean isHeld = outcome instanceof Outcome.Accepted && held.test(name);
        return isHeld ? send(name, "online") : outcome;
    }

    private Outcome send(String name, String presence) {
        return broker.publish(
                new Outgoing(
                        topic.name(_ -> name),
                        name,
                        Map.of(),
                        presence.getBytes(UTF_8),
                        false,
                        null,
                        true));
    }
}
