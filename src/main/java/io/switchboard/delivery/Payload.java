package io.switchboard.delivery;

import io.switchboard.framing.Framing;
import io.switchboard.peer.Listener;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What a message says, before any framing. */
final class Payload {
    private final byte[] bytes;
    private final List<byte[]> whole;
    private final @Nullable Framing override;

    /**
     * Where delimiters count: the parts by framing, so that none is split twice; null elsewhere.
     */
    private final @Nullable Map<Framing, List<byte[]>> parts;

    Payload(Send send) {
        this.bytes = send.payload();
        this.whole = List.of(bytes);
        this.parts = send.split() ? new ConcurrentHashMap<>() : null;
        this.override = send.framing();
    }

    /** The framing in which this listener's peers get it. */
    Framing framingFor(Listener listener) {
        return override != null ? override : ListenerFramings.out(listener);
    }

    /** The frames' payloads. */
    List<byte[]> parts(Framing framing) {
        return parts == null ? whole : parts.computeIfAbsent(framing, each -> each.split(bytes));
    }

    /**
     * Makes sure that the framing can carry it.
     *
     * @throws BadPayload it cannot
     */
    void check(Framing framing) {
        for (byte[] part : parts(framing)) {
            Optional<String> objection = framing.objection(part);
            if (objection.isPresent()) {
                boolean splits = framing.split(part).size() > 1;
                throw new BadPayload(
                        objection.get()
                                + ", which framing '"
                                + framing.word()
                                + "' cannot carry as one frame: "
                                + (splits ? "send split=true to make it several, or " : "send ")
                                + "framing=raw to send the bytes as they are");
            }
        }
    }

    /** Whether the framing can carry it. */
    boolean fits(Framing framing) {
        return parts(framing).stream().allMatch(part -> framing.objection(part).isEmpty());
    }

    /** How many bytes it takes for this listener's peers. */
    int encodedLength(Listener listener) {
        return encodedLength(framingFor(listener));
    }

    int encodedLength(Framing framing) {
        int length = 0;
        for (byte[] part : parts(framing)) {
            length += framing.encodedLength(part.length);
        }
        return length;
    }

    /** Appends the frames; returns the offset behind them. */
    int encode(Framing framing, byte[] target, int at) {
        int end = at;
        for (byte[] part : parts(framing)) {
            end = framing.encode(part, target, end);
        }
        return end;
    }
}
