package io.switchboard.delivery;

import io.switchboard.framing.Framing;
import io.switchboard.peer.Frames;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Receipt;
import io.switchboard.peer.Transport;
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
    private final boolean acked;

    /**
     * Where delimiters count: the parts by framing, so that none is split twice; null elsewhere.
     */
    private final @Nullable Map<Framing, List<byte[]>> parts;

    Payload(Send send) {
        this.bytes = send.payload();
        this.whole = List.of(bytes);
        this.parts = send.split() ? new ConcurrentHashMap<>() : null;
        this.override = send.framing();
        this.acked = send.until() == Wait.ACKED;
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

    /**
     * Makes sure that the listener's transport can do what is asked.
     *
     * @throws TooLong a frame is longer than what its peers can be sent
     * @throws BadPayload it knows no acknowledgement, and one is waited for
     */
    void checkFor(Listener listener) {
        if (acked && listener.transport() == Transport.UDP) {
            throw new BadPayload(
                    "wait=acked is asked of listener '%s', and UDP acknowledges nothing: take"
                                    .formatted(listener.name())
                            + " wait=written, or wait=reply where its peers answer");
        }
        int longest = listener.socket().longestSend();
        if (longest == Integer.MAX_VALUE) {
            return;
        }
        Framing framing = framingFor(listener);
        for (byte[] part : parts(framing)) {
            int length = framing.encodedLength(part.length);
            if (length > longest) {
                throw new TooLong(
                        "the message takes %d bytes, and a peer of listener '%s' (%s) %d at most: nothing was sent"
                                .formatted(
                                        length,
                                        listener.name(),
                                        listener.transport().word(),
                                        longest));
            }
        }
    }

    /** Whether the listener's peers can be sent it in this framing. */
    boolean fits(Listener listener, Framing framing) {
        int longest = listener.socket().longestSend();
        return parts(framing).stream()
                .allMatch(
                        part ->
                                framing.encodedLength(part.length) <= longest
                                        && framing.objection(part).isEmpty());
    }

    /** Its frames as one share of what is sent together. */
    Frames.Share share(Framing framing, Receipt receipt) {
        List<byte[]> parts = parts(framing);
        int[] ends = parts.size() == 1 ? null : new int[parts.size()];
        int length = 0;
        for (int at = 0; at < parts.size(); at++) {
            length += framing.encodedLength(parts.get(at).length);
            if (ends != null) {
                ends[at] = length;
            }
        }
        return new Frames.Share(length, parts.size(), receipt, ends);
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
