package io.switchboard.inbound;

import io.switchboard.peer.Endpoint;
import io.switchboard.peer.WallClock;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/**
 * An event of a peer. Immutable, and without a reference to the session, which it may outlive.
 *
 * @param seq numbers all events of a run, or all events of a webhook, without gaps; a later run has
 *     greater numbers
 * @param nanos {@link System#nanoTime} when the event happened
 * @param payload what the peer sent, without framing; shared and never changed; null except for
 *     messages
 * @param reason one word: why a peer closed or a delivery failed; null for other types
 * @param delivery the id in the delivery's report; null except for {@link EventType#SEND_FAILED}
 */
@SuppressWarnings("ArrayRecordComponent") // events are not compared
public record Event(
        long seq,
        EventType type,
        long nanos,
        EventPeer peer,
        byte @Nullable [] payload,
        @Nullable String reason,
        @Nullable String delivery)
        implements Ring.Numbered {

    /** Returns when the event happened, as time of day. */
    public Instant at() {
        return WallClock.at(nanos);
    }

    @Override
    public int size() {
        return payload == null ? 0 : payload.length;
    }

    /**
     * Writes the event as one JSON object, as subscribers and webhooks receive it.
     *
     * @param node the name of the node where it happened; null on a single node and for webhooks
     */
    public void write(JsonGenerator out, @Nullable String node, Endpoint peername) {
        out.writeStartObject();
        out.writeNumberProperty("seq", seq);
        out.writeStringProperty("type", type.word());
        out.writeStringProperty("at", at().toString());
        writeIfPresent(out, "node", node);
        out.writeObjectPropertyStart("peer");
        out.writeStringProperty("id", peer.id().toString());
        out.writeStringProperty("name", peer.name());
        out.writeStringProperty("listener", peer.listener());
        out.writeObjectPropertyStart("peername");
        switch (peername) {
            case Endpoint.Inet(String host, int port) -> {
                out.writeStringProperty("host", host);
                out.writeNumberProperty("port", port);
            }
            case Endpoint.Local(String path, var user, var group) -> {
                out.writeStringProperty("path", path);
                writeIfPresent(out, "user", user);
                writeIfPresent(out, "group", group);
            }
        }
        out.writeEndObject();
        out.writeEndObject();
        if (payload != null) { // valid UTF-8 as text, anything else as base64
            Utf8.decode(payload)
                    .ifPresentOrElse(
                            text -> out.writeStringProperty("text", text),
                            () -> out.writeBinaryProperty("base64", payload));
        }
        writeIfPresent(out, "reason", reason);
        writeIfPresent(out, "delivery", delivery);
        out.writeEndObject();
    }

    private static void writeIfPresent(JsonGenerator out, String name, @Nullable String value) {
        if (value != null) {
            out.writeStringProperty(name, value);
        }
    }
}
