package io.switchboard.inbound;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.peer.Listener;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.json.JsonMapper;

/** Spells an event as the body of a post. */
final class WebhookJson {
    private static final JsonMapper JSON = JsonMapper.shared();

    private WebhookJson() {}

    static byte[] of(Listener listener, Lane lane, WebhookEvent event) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        try (JsonGenerator out = JSON.createGenerator(bytes)) {
            out.writeStartObject();
            out.writeNumberProperty("seq", event.seq());
            out.writeStringProperty("type", event.type().word());
            out.writeStringProperty("at", event.at().toString());
            out.writeObjectPropertyStart("peer");
            out.writeStringProperty("id", lane.id().toString());
            out.writeStringProperty("name", event.name());
            out.writeStringProperty("listener", listener.name());
            out.writeObjectPropertyStart("peername");
            out.writeStringProperty("host", lane.peername().host());
            out.writeNumberProperty("port", lane.peername().port());
            out.writeEndObject();
            out.writeEndObject();
            byte[] payload = event.payload();
            if (payload != null) {
                writePayload(out, payload);
            }
            if (event.reason() != null) {
                out.writeStringProperty("reason", event.reason());
            }
            out.writeEndObject();
        }
        return bytes.toByteArray();
    }

    private static void writePayload(JsonGenerator out, byte[] payload) {
        String text = text(payload);
        if (text != null) {
            out.writeStringProperty("text", text);
        } else {
            out.writeBinaryProperty("base64", payload);
        }
    }

    /** Null for what is no valid UTF-8. */
    private static @Nullable String text(byte[] payload) {
        try {
            return UTF_8.newDecoder().decode(ByteBuffer.wrap(payload)).toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }
}
