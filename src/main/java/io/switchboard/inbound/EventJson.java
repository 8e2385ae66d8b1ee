package io.switchboard.inbound;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.peer.Endpoint;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/** Spells events, and what peers say. Called by readers: no publisher waits for it. */
public final class EventJson {
    private EventJson() {}

    /** Writes the event as one object. */
    public static void write(JsonGenerator out, Event event) {
        out.writeStartObject();
        out.writeNumberProperty("seq", event.seq());
        out.writeStringProperty("type", event.type().word());
        out.writeStringProperty("at", event.at().toString());
        out.writeObjectPropertyStart("peer");
        out.writeStringProperty("id", event.peer().id().toString());
        out.writeStringProperty("name", event.peer().name());
        out.writeStringProperty("listener", event.peer().listener());
        Endpoint peername = event.peer().peername();
        out.writeObjectPropertyStart("peername");
        out.writeStringProperty("host", peername.host());
        out.writeNumberProperty("port", peername.port());
        out.writeEndObject();
        out.writeEndObject();
        byte[] payload = event.payload();
        if (payload != null) {
            writePayload(out, payload);
        }
        if (event.reason() != null) {
            out.writeStringProperty("reason", event.reason());
        }
        if (event.delivery() != null) {
            out.writeStringProperty("delivery", event.delivery());
        }
        out.writeEndObject();
    }

    /** Writes bytes that are valid UTF-8 as {@code text}, others as {@code base64}. */
    private static void writePayload(JsonGenerator out, byte[] payload) {
        String text = text(payload);
        if (text != null) {
            out.writeStringProperty("text", text);
        } else {
            out.writeBinaryProperty("base64", payload);
        }
    }

    private static @Nullable String text(byte[] payload) {
        try {
            // a new decoder reports what is malformed, where a String's replaces it
            return UTF_8.newDecoder().decode(ByteBuffer.wrap(payload)).toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }
}
