package io.switchboard.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.inbound.Event;
import io.switchboard.inbound.EventJson;
import io.switchboard.inbound.Subscription;
import java.io.ByteArrayOutputStream;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.springframework.stereotype.Component;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Spells events as server-sent events (WHATWG HTML, section 9.2). Thread-safe.
 *
 * <p>Those that many subscribers are sent at about the same time are spelled once.
 */
@Component
final class EventFrames {
    private static final int KEPT = 256;
    private static final int LARGEST_KEPT = 4 * 1024;
    private static final int USUAL_SIZE = 256;

    /** Changed by none who gets them. */
    @SuppressWarnings("ArrayRecordComponent") // frames are not compared
    private record Frame(long seq, byte[] bytes) {}

    private final ObjectWriter json;
    private final AtomicReferenceArray<Frame> kept = new AtomicReferenceArray<>(KEPT);

    EventFrames(JsonMapper mapper) {
        this.json =
                mapper.writer().without(SerializationFeature.INDENT_OUTPUT).with(new LineEscapes());
    }

    /**
     * What a stream begins with, for people to see and for clients to resume from.
     *
     * @param after the number of the last event before
     */
    byte[] opening(long after) {
        return comment("connected", after);
    }

    /** What is sent when nothing else is. It moves a client's last event id on as well. */
    byte[] heartbeat(long after) {
        return comment("heartbeat", after);
    }

    private static byte[] comment(String text, long after) {
        return (": " + text + "\nid: " + after + "\n\n").getBytes(UTF_8);
    }

    /** The service is stopping. */
    byte[] ending() {
        return ": the service is stopping\n\n".getBytes(UTF_8);
    }

    /** What a subscriber cannot be told any more. */
    byte[] gap(Subscription.Gap gap) {
        String data =
                "{\"missed\":%s,\"from\":%s,\"to\":%d}"
                        .formatted(gap.missed(), gap.from(), gap.to());
        return frame(gap.to(), "gap", data.getBytes(UTF_8));
    }

    /** Why a subscriber is sent nothing more; the next one with its last id will be told a gap. */
    byte[] cut(Subscription.Gap missed) {
        String data = "{\"reason\":\"slow_subscriber\",\"missed\":" + missed.missed() + "}";
        return ("event: cut\ndata: " + data + "\n\n").getBytes(UTF_8);
    }

    /** One event. The bytes are shared. */
    byte[] of(Event event) {
        int slot = (int) event.seq() & (KEPT - 1);
        Frame known = kept.getAcquire(slot);
        if (known != null && known.seq() == event.seq()) {
            return known.bytes();
        }
        byte[] bytes = spell(event);
        if (bytes.length <= LARGEST_KEPT) {
            kept.setRelease(slot, new Frame(event.seq(), bytes));
        }
        return bytes;
    }

    private byte[] spell(Event event) {
        ByteArrayOutputStream data = new ByteArrayOutputStream(USUAL_SIZE);
        try (JsonGenerator out = json.createGenerator(data)) {
            EventJson.write(out, event);
        }
        return frame(event.seq(), event.type().word(), data.toByteArray());
    }

    /**
     * @param data one line
     */
    private static byte[] frame(long id, String type, byte[] data) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream(USUAL_SIZE + data.length);
        frame.writeBytes(("id: " + id + "\nevent: " + type + "\ndata: ").getBytes(UTF_8));
        frame.writeBytes(data);
        frame.writeBytes("\n\n".getBytes(UTF_8));
        return frame.toByteArray();
    }
}
