package io.switchboard.bridge;

import io.switchboard.events.Event;
import io.switchboard.events.EventPeer;
import io.switchboard.webhook.EventPublisher.Publishing;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a broker needs to know of an event beside its body.
 *
 * @param type the word of its type
 * @param id the id of the peer; null if a stored message has reached no peer
 * @param name the name of the peer or of the stored message; null if the peer has none
 * @param listener the listener of the peer; null if there is no peer
 * @param reason why a peer closed; null for other types
 */
record BridgeEvent(
        String type,
        @Nullable String id,
        @Nullable String name,
        @Nullable String listener,
        @Nullable String reason) {
    private static final String NONE = "-";

    static BridgeEvent of(Publishing publishing) {
        Event event = publishing.event();
        return event == null ? ofBody(publishing.body()) : of(event);
    }

    private static BridgeEvent of(Event event) {
        EventPeer peer = event.peer();
        Event.Stored stored = event.stored();
        String name = peer == null ? null : peer.name();
        return new BridgeEvent(
                event.type().word(),
                peer == null ? null : peer.id().toString(),
                name == null && stored != null ? stored.name() : name,
                peer == null ? null : peer.listener(),
                event.reason());
    }

    /** After a restart, only the body is left. */
    private static BridgeEvent ofBody(byte[] body) {
        JsonNode json = JsonMapper.shared().readTree(body);
        String name = text(json.at("/peer/name"));
        return new BridgeEvent(
                json.path("type").asString(),
                text(json.at("/peer/id")),
                name == null ? text(json.path("name")) : name,
                text(json.at("/peer/listener")),
                text(json.path("reason")));
    }

    private static @Nullable String text(JsonNode value) {
        return value.isString() ? value.asString() : null;
    }

    /**
     * Returns the name, or the id of a peer without a name: what keeps a peer's events together.
     */
    String key() {
        if (name != null) {
            return name;
        }
        return id == null ? NONE : id;
    }

    /** Returns the value of a variable of a {@link TopicTemplate}. */
    String value(String variable) {
        return switch (variable) {
            case "listener" -> listener == null ? NONE : listener;
            case "name" -> key();
            case "type" -> type;
            default -> throw new IllegalArgumentException(variable);
        };
    }
}
