package io.switchboard.events;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.cluster.Cluster;
import io.switchboard.inbound.Event;
import java.io.ByteArrayOutputStream;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.SerializableString;
import tools.jackson.core.io.CharacterEscapes;
import tools.jackson.core.io.SerializedString;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Encodes events as server-sent events (WHATWG HTML, section 9.2). Thread-safe.
 *
 * <p>An event that many subscribers receive at about the same time is encoded once.
 */
@Component
final class SseEncoder {
    private static final int KEPT = 256;
    private static final int LARGEST_KEPT = 4 * 1024;
    private static final int USUAL_SIZE = 256;

    @SuppressWarnings("ArrayRecordComponent") // frames are not compared
    private record Frame(long seq, byte[] bytes) {}

    private final ObjectWriter json;
    private final @Nullable String node;
    private final AtomicReferenceArray<Frame> kept = new AtomicReferenceArray<>(KEPT);

    SseEncoder(JsonMapper mapper, Cluster cluster) {
        this.node = cluster.single() ? null : cluster.self().label();
        this.json =
                mapper.writer().without(SerializationFeature.INDENT_OUTPUT).with(new LineEscapes());
    }

    /**
     * Returns a comment, for people, with an id, from which clients resume.
     *
     * @param id empty if none is known
     */
    byte[] comment(String text, String id) {
        return (": " + text + "\n" + idLine(id) + "\n").getBytes(UTF_8);
    }

    /** An empty id would make a client forget the one that it has. */
    private static String idLine(String id) {
        return id.isEmpty() ? "" : "id: " + id + "\n";
    }

    /**
     * Returns the event for events that are no longer available.
     *
     * @param gap null if a node is gone, and with it events that nobody knows
     * @param of the name of the node that had them; null on a single node
     */
    byte[] gap(String id, Subscription.@Nullable Gap gap, @Nullable String of) {
        byte[] data =
                written(
                        out -> {
                            out.writeStartObject();
                            out.writePOJOProperty("missed", gap == null ? null : gap.missed());
                            out.writePOJOProperty("from", gap == null ? null : gap.from());
                            out.writePOJOProperty("to", gap == null ? null : gap.to());
                            if (of != null) {
                                out.writeStringProperty("node", of);
                            }
                            out.writeEndObject();
                        });
        return frame(idLine(id), "gap", data);
    }

    /** Returns the event that ends the stream of a subscriber that is too slow. */
    byte[] cut(Subscription.Gap missed) {
        return "event: cut\ndata: {\"reason\":\"slow_subscriber\",\"missed\":%s}\n\n"
                .formatted(missed.missed())
                .getBytes(UTF_8);
    }

    /**
     * Returns one event. In a cluster it has no id line, because each subscriber has its own. The
     * bytes are shared: the caller does not change them.
     */
    byte[] of(Event event) {
        int slot = (int) event.seq() & (KEPT - 1);
        Frame known = kept.getAcquire(slot);
        if (known != null && known.seq() == event.seq()) {
            return known.bytes();
        }
        byte[] data = written(out -> event.write(out, node, event.peer().peername()));
        String id = node == null ? idLine(Long.toString(event.seq())) : "";
        byte[] bytes = frame(id, event.type().word(), data);
        if (bytes.length <= LARGEST_KEPT) {
            kept.setRelease(slot, new Frame(event.seq(), bytes));
        }
        return bytes;
    }

    private byte[] written(Consumer<JsonGenerator> writing) {
        ByteArrayOutputStream data = new ByteArrayOutputStream(USUAL_SIZE);
        try (JsonGenerator out = json.createGenerator(data)) {
            writing.accept(out);
        }
        return data.toByteArray();
    }

    /**
     * @param idLine with its line end; or empty
     * @param data one line
     */
    private static byte[] frame(String idLine, String type, byte[] data) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream(USUAL_SIZE + data.length);
        frame.writeBytes((idLine + "event: " + type + "\ndata: ").getBytes(UTF_8));
        frame.writeBytes(data);
        frame.writeBytes("\n\n".getBytes(UTF_8));
        return frame.toByteArray();
    }

    /**
     * Escapes also the line ends that JSON allows in a string and at which the line readers of many
     * clients split, such as Python's {@code splitlines}.
     */
    private static final class LineEscapes extends CharacterEscapes {
        private static final long serialVersionUID = 1;

        private static final int NEL = 0x85;
        private static final int LINE_SEPARATOR = 0x2028;
        private static final int PARAGRAPH_SEPARATOR = 0x2029;

        @Override
        public int[] getEscapeCodesForAscii() {
            return standardAsciiEscapesForJSON();
        }

        @Override
        public @Nullable SerializableString getEscapeSequence(int character) {
            return switch (character) {
                case NEL, LINE_SEPARATOR, PARAGRAPH_SEPARATOR ->
                        new SerializedString("\\u%04x".formatted(character));
                default -> null;
            };
        }
    }
}
