package io.switchboard.inbound;

import io.switchboard.peer.Endpoint;
import io.switchboard.peer.PeerId;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/**
 * An event as subscribers and webhooks receive it in JSON.
 *
 * @param node the name of the node where it happened; null on a single node and for webhooks
 * @param name of the peer at that time; null if it had none
 * @param payload what the peer sent, without framing; null except for messages
 * @param reason why a peer closed or a delivery failed; null for other types
 * @param delivery the id in the delivery's report; null except for {@link EventType#SEND_FAILED}
 */
@SuppressWarnings("ArrayRecordComponent") // events are not compared
public record EventJson(
        long seq,
        EventType type,
        Instant at,
        @Nullable String node,
        PeerId peer,
        @Nullable String name,
        String listener,
        Endpoint peername,
        byte @Nullable [] payload,
        @Nullable String reason,
        @Nullable String delivery) {

    /** Writes the event as one object. */
    public void write(JsonGenerator out) {
        out.writeStartObject();
        out.writeNumberProperty("seq", seq);
        out.writeStringProperty("type", type.word());
        out.writeStringProperty("at", at.toString());
        writeIfPresent(out, "node", node);
        out.writeObjectPropertyStart("peer");
        out.writeStringProperty("id", peer.toString());
        out.writeStringProperty("name", name);
        out.writeStringProperty("listener", listener);
        out.writeObjectPropertyStart("peername");
        writePeername(out);
        out.writeEndObject();
        out.writeEndObject();
        if (payload != null) {
            writePayload(out, payload);
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

    private void writePeername(JsonGenerator out) {
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
    }

    /** Writes bytes that are valid UTF-8 as {@code text}, others as {@code base64}. */
    private static void writePayload(JsonGenerator out, byte[] payload) {
        Optional<String> text = Utf8.decode(payload);
        if (text.isPresent()) {
            out.writeStringProperty("text", text.get());
        } else {
            out.writeBinaryProperty("base64", payload);
        }
    }
}
