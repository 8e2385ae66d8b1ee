package io.switchboard.events;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.cluster.Cluster;
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
 * <p>An event that many subscribers receive at about the same time is encoded once and cached.
 */
@Component
final class SseEncoder {
    private static final int CACHE_SIZE = 256;
    private static final int MAX_CACHED_BYTES = 4 * 1024;
    private static final int INITIAL_CAPACITY = 256;

    @SuppressWarnings("ArrayRecordComponent") // frames are not compared
    private record Frame(long seq, byte[] bytes) {}

    private final ObjectWriter json;
    private final @Nullable String node;
    private final AtomicReferenceArray<Frame> cache = new AtomicReferenceArray<>(CACHE_SIZE);

    SseEncoder(JsonMapper mapper, Cluster cluster) {
        this.node = cluster.single() ? null : cluster.self().label();
        this.json =
                mapper.writer().without(SerializationFeature.INDENT_OUTPUT).with(new LineEscapes());
    }

    /**
     * Returns a comment, which people can read, with an id, from which clients resume.
     *
     * @param id empty for a comment without an id
     */
    byte[] comment(String text, String id) {
        return (": " + text + "\n" + idLine(id) + "\n").getBytes(UTF_8);
    }

    /** Returns no line for an empty id, which would reset the last event id of a client. */
    private static String idLine(String id) {
        return id.isEmpty() ? "" : "id: " + id + "\n";
    }

    /**
     * Returns the {@code gap} event, which reports that events are no longer available.
     *
     * @param gap the missing events; null if they are unknown, because their node has left or the
     *     subscriber may not know of all peers
     * @param nodeName the name of their node; null on a single node
     */
    byte[] gap(String id, Subscription.@Nullable Gap gap, @Nullable String nodeName) {
        byte[] data =
                jsonOf(
                        out -> {
                            out.writeStartObject();
                            out.writePOJOProperty("missed", gap == null ? null : gap.missed());
                            out.writePOJOProperty("from", gap == null ? null : gap.from());
                            out.writePOJOProperty("to", gap == null ? null : gap.to());
                            if (nodeName != null) {
                                out.writeStringProperty("node", nodeName);
                            }
                            out.writeEndObject();
                        });
        return frame(idLine(id), "gap", data);
    }

    /**
     * Returns the {@code cut} event, which ends the stream of a subscriber that is too slow.
     *
     * @param missed how many events are missing; null if that is not known
     */
    byte[] cut(@Nullable Long missed) {
        return "event: cut\ndata: {\"reason\":\"slow_subscriber\",\"missed\":%s}\n\n"
                .formatted(missed)
                .getBytes(UTF_8);
    }

    /**
     * Returns one event. In a cluster it has no id line, because each subscriber has ids of its
     * own. The bytes are shared, so the caller must not modify them.
     */
    byte[] encode(Event event) {
        int slot = (int) event.seq() & (CACHE_SIZE - 1);
        Frame cached = cache.getAcquire(slot);
        if (cached != null && cached.seq() == event.seq()) {
            return cached.bytes();
        }
        EventPeer peer = event.peer();
        byte[] data = jsonOf(out -> event.write(out, node, peer == null ? null : peer.peername()));
        String id = node == null ? idLine(Long.toString(event.seq())) : "";
        byte[] bytes = frame(id, event.type().word(), data);
        if (bytes.length <= MAX_CACHED_BYTES) {
            cache.setRelease(slot, new Frame(event.seq(), bytes));
        }
        return bytes;
    }

    private byte[] jsonOf(Consumer<JsonGenerator> writing) {
        ByteArrayOutputStream data = new ByteArrayOutputStream(INITIAL_CAPACITY);
        try (JsonGenerator out = json.createGenerator(data)) {
            writing.accept(out);
        }
        return data.toByteArray();
    }

    /**
     * Returns a frame.
     *
     * @param idLine the id line with its line end; empty for a frame without an id
     * @param data one line, without its line end
     */
    private static byte[] frame(String idLine, String type, byte[] data) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream(INITIAL_CAPACITY + data.length);
        frame.writeBytes((idLine + "event: " + type + "\ndata: ").getBytes(UTF_8));
        frame.writeBytes(data);
        frame.writeBytes("\n\n".getBytes(UTF_8));
        return frame.toByteArray();
    }

    /**
     * Also escapes the Unicode line separators that JSON allows in a string. The line readers of
     * many clients, such as Python's {@code splitlines}, split at them.
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
