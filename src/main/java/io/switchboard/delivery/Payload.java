package io.switchboard.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.delivery.SendResult.Reason;
import io.switchboard.delivery.SendResult.Rejected;
import io.switchboard.framing.Framing;
import io.switchboard.net.Texts;
import io.switchboard.peer.DeliveryCallback;
import io.switchboard.peer.EncodedFrames;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Transport;
import java.nio.charset.Charset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The payload of a message before framing, and its encoding in each framing. Thread-safe.
 *
 * <p>Methods with a listener encode text in the charset of the listener. Those with a framing take
 * the bytes as they are; {@link #in} returns the payload for them.
 */
final class Payload {

    /** How messages to the peers of a listener are encoded. */
    record Form(Framing framing, Charset charset) {}

    /** Parsed framings by their configured text; one entry per framing in the configuration. */
    private static final Map<String, Framing> FRAMINGS = new ConcurrentHashMap<>();

    private static final String CURL_ADVICE =
            "; curl -d @- removes the newline, --data-binary @- keeps it";

    private final byte[] bytes;
    private final List<byte[]> whole;
    private final @Nullable Framing override;
    private final boolean acked;
    private final boolean finish;

    /** Why the text cannot be sent in the charset of the listener; null if it can. */
    private final @Nullable String unencodable;

    /** The text in other charsets than UTF-8; null if the payload is bytes, or is one of these. */
    private final @Nullable Map<Charset, Payload> encoded;

    /** The parts by framing, split once per framing; null if the payload is sent as one frame. */
    private final @Nullable Map<Framing, List<byte[]>> parts;

    Payload(Send send) {
        this.bytes = send.payload();
        this.whole = List.of(bytes);
        this.parts = send.split() ? new ConcurrentHashMap<>() : null;
        this.override = send.framing();
        // a message with a ttl is for whatever peer comes: without acknowledgements it is written
        this.acked = send.until() == Send.Wait.ACKED && send.ttl() == null;
        this.finish = send.finish();
        this.unencodable = null;
        this.encoded = send.text() ? new ConcurrentHashMap<>(1) : null;
    }

    /** Encodes text in this charset. */
    private Payload(Payload text, Charset charset) {
        String decoded = new String(text.bytes, UTF_8);
        this.bytes = decoded.getBytes(charset);
        this.whole = List.of(bytes);
        this.parts = text.parts == null ? null : new ConcurrentHashMap<>();
        this.override = text.override;
        this.acked = text.acked;
        this.finish = text.finish;
        this.unencodable = Texts.objection(decoded, charset).orElse(null);
        this.encoded = null;
    }

    /** Returns the payload for listeners with this charset. */
    Payload in(Charset charset) {
        return encoded == null || charset.equals(UTF_8)
                ? this
                : encoded.computeIfAbsent(charset, each -> new Payload(this, each));
    }

    /** Returns the bytes before framing for peers of this listener. */
    byte[] bytesFor(Listener listener) {
        return in(listener.charset()).bytes;
    }

    /** Returns the framing and the charset of the message for this listener's peers. */
    Form formFor(Listener listener) {
        return new Form(framingFor(listener), listener.charset());
    }

    /** Returns a rejection if the message cannot be encoded like this; otherwise empty. */
    Optional<Rejected> rejection(Form form) {
        return in(form.charset()).rejection(form.framing());
    }

    /** Returns the framing of the message for this listener's peers. */
    Framing framingFor(Listener listener) {
        if (override != null) {
            return override;
        }
        String word = listener.framingOut();
        @Nullable Framing known = FRAMINGS.get(word);
        return known != null ? known : FRAMINGS.computeIfAbsent(word, Framing::of);
    }

    /** Returns the payloads of the frames: one, or several if the sender asked to split. */
    List<byte[]> parts(Framing framing) {
        return parts == null ? whole : parts.computeIfAbsent(framing, each -> each.split(bytes));
    }

    /** Returns a rejection if this framing cannot carry the message; otherwise empty. */
    Optional<Rejected> rejection(Framing framing) {
        if (unencodable != null) {
            return rejected(Reason.BAD_PAYLOAD, "text has " + unencodable);
        }
        for (byte[] part : parts(framing)) {
            Optional<String> objection = framing.objection(part);
            if (objection.isPresent()) {
                return rejected(
                        Reason.BAD_PAYLOAD,
                        "%s, which framing '%s' cannot carry as one frame: send %sframing=raw to send the bytes as they are%s"
                                .formatted(
                                        objection.get(),
                                        framing.word(),
                                        splitAdvice(framing, part),
                                        endsInNewline(part) ? CURL_ADVICE : ""));
            }
        }
        return Optional.empty();
    }

    private static boolean endsInNewline(byte[] payload) {
        return payload.length > 0 && payload[payload.length - 1] == '\n';
    }

    /** Returns the advice to split the payload, if the framing can carry its parts. */
    private static String splitAdvice(Framing framing, byte[] payload) {
        List<byte[]> several = framing.split(payload);
        boolean fits = several.stream().allMatch(each -> framing.objection(each).isEmpty());
        if (!fits) {
            return "";
        }
        return several.size() > 1
                ? "split=true to make it several, or "
                : "split=true, which takes the end of the payload as the end of the frame, or ";
    }

    /**
     * Returns a rejection if this listener's transport cannot carry the message: a frame is too
     * long, or the sender waits for acknowledgements or ends the stream and the transport has none.
     * Otherwise empty.
     */
    Optional<Rejected> rejection(Listener listener) {
        if (acked && listener.transport() == Transport.UDP) {
            return rejected(
                    Reason.BAD_PAYLOAD,
                    "wait=acked is not possible for listener '%s', because UDP has no acknowledgements: use wait=written, or wait=reply if its peers answer"
                            .formatted(listener.name()));
        }
        if (finish && listener.transport() == Transport.UDP) {
            return rejected(
                    Reason.BAD_PAYLOAD,
                    "finish=true is not possible for listener '%s', because UDP has no end of the stream: leave it out"
                            .formatted(listener.name()));
        }
        int maxLength = listener.socket().longestSend();
        if (maxLength == Integer.MAX_VALUE) {
            return Optional.empty();
        }
        Framing framing = framingFor(listener);
        for (byte[] part : in(listener.charset()).parts(framing)) {
            int length = framing.encodedLength(part);
            if (length > maxLength) {
                return rejected(
                        Reason.TOO_LARGE,
                        "the message has a frame of %d bytes, but listener '%s' (%s) can send at most %d in one: nothing was sent"
                                .formatted(
                                        length,
                                        listener.name(),
                                        listener.transport().word(),
                                        maxLength));
            }
        }
        return Optional.empty();
    }

    private static Optional<Rejected> rejected(Reason reason, String detail) {
        return Optional.of(new Rejected(reason, detail));
    }

    /** Returns whether the framing and the listener's transport can carry every frame. */
    boolean fits(Listener listener, Framing framing) {
        int maxLength = listener.socket().longestSend();
        Payload fitting = in(listener.charset());
        return fitting.unencodable == null
                && fitting.parts(framing).stream()
                        .allMatch(
                                part ->
                                        framing.encodedLength(part) <= maxLength
                                                && framing.objection(part).isEmpty());
    }

    /**
     * Returns the lengths of the message's frames, as its share of the bytes of several messages
     * that are sent together.
     */
    EncodedFrames.Share share(Framing framing, DeliveryCallback callback) {
        List<byte[]> parts = parts(framing);
        int[] ends = parts.size() == 1 ? null : new int[parts.size()];
        int length = 0;
        for (int at = 0; at < parts.size(); at++) {
            length += framing.encodedLength(parts.get(at));
            if (ends != null) {
                ends[at] = length;
            }
        }
        return new EncodedFrames.Share(length, parts.size(), callback, ends, finish);
    }

    /** Returns the message for a peer of this listener. */
    EncodedFrames frames(Listener listener, DeliveryCallback callback) {
        Framing framing = framingFor(listener);
        Payload payload = in(listener.charset());
        EncodedFrames.Share share = payload.share(framing, callback);
        byte[] frames = new byte[share.bytes()];
        payload.encode(framing, frames, 0);
        return EncodedFrames.of(frames, share);
    }

    /** Returns the length of the message for this listener's peers, framing included. */
    int encodedLength(Listener listener) {
        return in(listener.charset()).encodedLength(framingFor(listener));
    }

    int encodedLength(Framing framing) {
        return parts(framing).stream().mapToInt(part -> framing.encodedLength(part)).sum();
    }

    /** Writes the frames to {@code target} at offset {@code at}; returns the offset after them. */
    int encode(Framing framing, byte[] target, int at) {
        int end = at;
        for (byte[] part : parts(framing)) {
            end = framing.encode(part, target, end);
        }
        return end;
    }
}
