package io.switchboard.events;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.net.Endpoint;
import io.switchboard.net.Texts;
import io.switchboard.peer.WallClock;
import io.switchboard.receive.Ring;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/**
 * An event of a peer, or of a message that is stored for a name. Immutable. It has no reference to
 * the session, because it may outlive it.
 *
 * @param seq the sequence number; consecutive within a run of the service, or within a webhook; a
 *     later run has greater numbers
 * @param nanos {@link System#nanoTime} when the event happened
 * @param peer null if a stored message has reached no peer
 * @param payload the message that the peer sent, without framing; shared, so it must not be
 *     modified; null unless the type is {@link EventType#MESSAGE}
 * @param incomplete whether the peer ended its stream before the end of the message; named so that
 *     it is false in the events of earlier releases
 * @param reason the code of the reason why a peer closed or a delivery failed; null for other types
 * @param delivery the id in the delivery's report; null except for {@link EventType#SEND_FAILED}
 * @param stored the stored message; null for events of peers
 */
@SuppressWarnings("ArrayRecordComponent") // events are not compared
public record Event(
        long seq,
        EventType type,
        long nanos,
        @Nullable EventPeer peer,
        byte @Nullable [] payload,
        boolean incomplete,
        @Nullable String reason,
        @Nullable String delivery,
        @Nullable Stored stored)
        implements Ring.Numbered {

    /**
     * A message that is stored for a name.
     *
     * @param id the id of the message
     * @param name the name of the peer that it is for
     */
    public record Stored(String id, String name) {}

    /** An event of a peer. */
    public Event(
            long seq,
            EventType type,
            long nanos,
            EventPeer peer,
            byte @Nullable [] payload,
            boolean incomplete,
            @Nullable String reason,
            @Nullable String delivery) {
        this(seq, type, nanos, peer, payload, incomplete, reason, delivery, null);
    }

    /** Returns an event of a stored message, which has happened now. */
    public static Event stored(long seq, EventType type, @Nullable EventPeer peer, Stored stored) {
        return new Event(seq, type, System.nanoTime(), peer, null, false, null, null, stored);
    }

    /** Returns the time of day at which the event happened. */
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
     * @param peername the address of the peer; null if there is no peer
     */
    public void write(JsonGenerator out, @Nullable String node, @Nullable Endpoint peername) {
        out.writeStartObject();
        out.writeNumberProperty("seq", seq);
        out.writeStringProperty("type", type.word());
        out.writeStringProperty("at", at().toString());
        writeIfPresent(out, "node", node);
        if (peer == null || peername == null) {
            out.writeNullProperty("peer");
        } else {
            writePeer(out, peer, peername);
        }
        if (payload != null) { // as text if it is valid in the charset, otherwise as base64
            Texts.decode(payload, peer == null ? UTF_8 : peer.charset())
                    .ifPresentOrElse(
                            text -> out.writeStringProperty("text", text),
                            () -> out.writeBinaryProperty("base64", payload));
        }
        if (incomplete) {
            out.writeBooleanProperty("complete", false);
        }
        writeIfPresent(out, "reason", reason);
        writeIfPresent(out, "delivery", delivery);
        if (stored != null) {
            out.writeStringProperty("message", stored.id());
            out.writeStringProperty("name", stored.name());
        }
        out.writeEndObject();
    }

    private static void writePeer(JsonGenerator out, EventPeer peer, Endpoint peername) {
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
    }

    private static void writeIfPresent(JsonGenerator out, String name, @Nullable String value) {
        if (value != null) {
            out.writeStringProperty(name, value);
        }
    }
}
