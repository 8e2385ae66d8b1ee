package io.switchboard.delivery;

import io.switchboard.delivery.SendResult.Reason;
import io.switchboard.delivery.SendResult.Rejected;
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

/** The content of a message, before any framing. Thread-safe. */
final class Payload {
    /** Parsed framings by word: one for each word of the configuration. */
    private static final Map<String, Framing> FRAMINGS = new ConcurrentHashMap<>();

    private final byte[] bytes;
    private final List<byte[]> whole;
    private final @Nullable Framing override;
    private final boolean acked;

    /** The parts by framing, so that none is split twice; null if the payload is not split. */
    private final @Nullable Map<Framing, List<byte[]>> parts;

    Payload(Send send) {
        this.bytes = send.payload();
        this.whole = List.of(bytes);
        this.parts = send.split() ? new ConcurrentHashMap<>() : null;
        this.override = send.framing();
        this.acked = send.until() == Send.Wait.ACKED;
    }

    /** Returns the framing in which this listener's peers get the message. */
    Framing framingFor(Listener listener) {
        if (override != null) {
            return override;
        }
        String word = listener.framingOut();
        @Nullable Framing known = FRAMINGS.get(word);
        return known != null ? known : FRAMINGS.computeIfAbsent(word, Framing::of);
    }

    List<byte[]> parts(Framing framing) {
        return parts == null ? whole : parts.computeIfAbsent(framing, each -> each.split(bytes));
    }

    /** Returns why this framing cannot carry the message, if it cannot. */
    Optional<Rejected> rejection(Framing framing) {
        for (byte[] part : parts(framing)) {
            Optional<String> objection = framing.objection(part);
            if (objection.isPresent()) {
                boolean splits = framing.split(part).size() > 1;
                return rejected(
                        Reason.BAD_PAYLOAD,
                        "%s, which framing '%s' cannot carry as one frame: send %sframing=raw to send the bytes as they are"
                                .formatted(
                                        objection.get(),
                                        framing.word(),
                                        splits ? "split=true to make it several, or " : ""));
            }
        }
        return Optional.empty();
    }

    /**
     * Returns why this listener's transport cannot carry the message, if it cannot: a frame is too
     * long, or the sender waits for acknowledgements and the transport has none.
     */
    Optional<Rejected> rejection(Listener listener) {
        if (acked && listener.transport() == Transport.UDP) {
            return rejected(
                    Reason.BAD_PAYLOAD,
                    "wait=acked is asked of listener '%s', and UDP acknowledges nothing: take wait=written, or wait=reply where its peers answer"
                            .formatted(listener.name()));
        }
        int longest = listener.socket().longestSend();
        if (longest == Integer.MAX_VALUE) {
            return Optional.empty();
        }
        Framing framing = framingFor(listener);
        for (byte[] part : parts(framing)) {
            int length = framing.encodedLength(part.length);
            if (length > longest) {
                return rejected(
                        Reason.TOO_LARGE,
                        "the message takes %d bytes, and a peer of listener '%s' (%s) %d at most: nothing was sent"
                                .formatted(
                                        length,
                                        listener.name(),
                                        listener.transport().word(),
                                        longest));
            }
        }
        return Optional.empty();
    }

    private static Optional<Rejected> rejected(Reason reason, String detail) {
        return Optional.of(new Rejected(reason, detail));
    }

    /** Returns whether this listener's peers can be sent the message in this framing. */
    boolean fits(Listener listener, Framing framing) {
        int longest = listener.socket().longestSend();
        return parts(framing).stream()
                .allMatch(
                        part ->
                                framing.encodedLength(part.length) <= longest
                                        && framing.objection(part).isEmpty());
    }

    /** Returns the message's frames as one share of what is sent together. */
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

    /** Returns the number of bytes that this listener's peers get, framing included. */
    int encodedLength(Listener listener) {
        return encodedLength(framingFor(listener));
    }

    int encodedLength(Framing framing) {
        return parts(framing).stream().mapToInt(part -> framing.encodedLength(part.length)).sum();
    }

    /** Appends the frames to {@code target} from {@code at} on; returns the offset behind them. */
    int encode(Framing framing, byte[] target, int at) {
        int end = at;
        for (byte[] part : parts(framing)) {
            end = framing.encode(part, target, end);
        }
        return end;
    }
}
