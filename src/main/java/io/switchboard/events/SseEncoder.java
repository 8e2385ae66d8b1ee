package io.switchboard.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.cluster.Cluster;
import io.switchboard.inbound.Event;
import io.switchboard.inbound.EventJson;
import io.switchboard.inbound.Subscription;
import java.io.ByteArrayOutputStream;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
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
    private final @Nullable String node;
    private final AtomicReferenceArray<Frame> kept = new AtomicReferenceArray<>(KEPT);

    EventFrames(JsonMapper mapper, Cluster nodes) {
        this.node = nodes.single() ? null : nodes.self().label();
        this.json =
                mapper.writer().without(SerializationFeature.INDENT_OUTPUT).with(new LineEscapes());
    }

    /**
     * What a stream begins with, for people to see and for clients to resume from.
     *
     * @param id of the last event before; empty where none is known
     */
    byte[] opening(String id) {
        return comment("connected", id);
    }

    /** What is sent when nothing else is. It moves a client's last event id on as well. */
    byte[] heartbeat(String id) {
        return comment("heartbeat", id);
    }

    private static byte[] comment(String text, String id) {
        return (": " + text + "\n" + idLine(id) + "\n").getBytes(UTF_8);
    }

    /** An empty id would make a client forget the one that it has. */
    private static String idLine(String id) {
        return id.isEmpty() ? "" : "id: " + id + "\n";
    }

    /** The service is stopping. */
    byte[] ending(String id) {
        return comment("the service is stopping", id);
    }

    /**
     * What a subscriber cannot be told any more.
     *
     * @param of the node that had it; null where there is but one
     */
    byte[] gap(String id, Subscription.Gap gap, @Nullable String of) {
        return gap(id, gap.missed(), gap.from(), gap.to(), of);
    }

    /** A node is gone, and with it what it had not told yet. */
    byte[] gone(String id, String of) {
        return gap(id, null, null, null, of);
    }

    private byte[] gap(
            String id,
            @Nullable Long missed,
            @Nullable Long from,
            @Nullable Long to,
            @Nullable String of) {
        byte[] data =
                written(
                        out -> {
                            out.writeStartObject();
                            out.writePOJOProperty("missed", missed);
                            out.writePOJOProperty("from", from);
                            out.writePOJOProperty("to", to);
                            if (of != null) {
                                out.writeStringProperty("node", of);
                            }
                            out.writeEndObject();
                        });
        return frame(idLine(id), "gap", data);
    }

    /** Why a subscriber is sent nothing more; the next one with its last id will be told a gap. */
    byte[] cut(Subscription.Gap missed) {
        String data = "{\"reason\":\"slow_subscriber\",\"missed\":" + missed.missed() + "}";
        return ("event: cut\ndata: " + data + "\n\n").getBytes(UTF_8);
    }

    /**
     * One event; in a cluster without its id, which every subscriber has its own of. The bytes are
     * shared.
     */
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
        byte[] data = written(out -> EventJson.write(out, event, node));
        String id = node == null ? idLine(Long.toString(event.seq())) : "";
        return frame(id, event.type().word(), data);
    }

    private byte[] written(Consumer<JsonGenerator> writing) {
        ByteArrayOutputStream data = new ByteArrayOutputStream(USUAL_SIZE);
        try (JsonGenerator out = json.createGenerator(data)) {
            writing.accept(out);
        }
        return data.toByteArray();
    }

    /**
     * @param idLine with its end; or empty
     * @param data one line
     */
    private static byte[] frame(String idLine, String type, byte[] data) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream(USUAL_SIZE + data.length);
        frame.writeBytes((idLine + "event: " + type + "\ndata: ").getBytes(UTF_8));
        frame.writeBytes(data);
        frame.writeBytes("\n\n".getBytes(UTF_8));
        return frame.toByteArray();
    }
}
