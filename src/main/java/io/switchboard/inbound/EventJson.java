package io.switchboard.inbound;

import io.switchboard.peer.Endpoint;
import io.switchboard.peer.PeerId;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/** Spells events, and what peers say. Called by readers: no publisher waits for it. */
public final class EventJson {
    private EventJson() {}

    /** What happened to whom: what an event is told by, whoever hears of it. */
    record Told(
            long seq,
            String type,
            Instant at,
            @Nullable String node,
            PeerId peer,
            @Nullable String name,
            String listener,
            Endpoint peername) {}

    /**
     * Writes the event as one object.
     *
     * @param node where it happened; null where there is but one
     */
    public static void write(JsonGenerator out, Event event, @Nullable String node) {
        Event.Who who = event.peer();
        Told told =
                new Told(
                        event.seq(),
                        event.type().word(),
                        event.at(),
                        node,
                        who.id(),
                        who.name(),
                        who.listener(),
                        who.peername());
        write(out, told, event.payload(), event.reason(), event.delivery());
    }

    static void write(
            JsonGenerator out,
            Told told,
            byte @Nullable [] payload,
            @Nullable String reason,
            @Nullable String delivery) {
        out.writeStartObject();
        out.writeNumberProperty("seq", told.seq());
        out.writeStringProperty("type", told.type());
        out.writeStringProperty("at", told.at().toString());
        if (told.node() != null) {
            out.writeStringProperty("node", told.node());
        }
        out.writeObjectPropertyStart("peer");
        out.writeStringProperty("id", told.peer().toString());
        out.writeStringProperty("name", told.name());
        out.writeStringProperty("listener", told.listener());
        out.writeObjectPropertyStart("peername");
        write(out, told.peername());
        out.writeEndObject();
        out.writeEndObject();
        if (payload != null) {
            writePayload(out, payload);
        }
        if (reason != null) {
            out.writeStringProperty("reason", reason);
        }
        if (delivery != null) {
            out.writeStringProperty("delivery", delivery);
        }
        out.writeEndObject();
    }

    private static void write(JsonGenerator out, Endpoint end) {
        switch (end) {
            case Endpoint.Inet(String host, int port) -> {
                out.writeStringProperty("host", host);
                out.writeNumberProperty("port", port);
            }
            case Endpoint.Local(String path, var user, var group) -> {
                out.writeStringProperty("path", path);
                if (user != null) {
                    out.writeStringProperty("user", user);
                }
                if (group != null) {
                    out.writeStringProperty("group", group);
                }
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
