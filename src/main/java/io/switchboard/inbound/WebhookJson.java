package io.switchboard.inbound;

import io.switchboard.peer.Listener;
import java.io.ByteArrayOutputStream;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.json.JsonMapper;

/** Spells an event as the body of a post. */
final class WebhookJson {
    private static final JsonMapper JSON = JsonMapper.shared();

    private WebhookJson() {}

    static byte[] of(Listener listener, Lane lane, WebhookEvent event) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        try (JsonGenerator out = JSON.createGenerator(bytes)) {
            EventJson.Told told =
                    new EventJson.Told(
                            event.seq(),
                            event.type().word(),
                            event.at(),
                            null,
                            lane.id(),
                            event.name(),
                            listener.name(),
                            lane.peername());
            EventJson.write(out, told, event.payload(), event.reason(), null);
        }
        return bytes.toByteArray();
    }
}
