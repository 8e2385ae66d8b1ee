package io.switchboard.query;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.framing.Framing;
import io.switchboard.inbound.Utf8;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Peer;
import io.switchboard.peer.PeerSession;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * How an operator closes peers: the outbox is flushed within 5 s, then the text is sent as one
 * frame, then the stream ends.
 *
 * @param reason for people, in the log and in {@code /peers}; null for none
 * @param text null for none
 */
public record Farewell(@Nullable String reason, @Nullable String text) {
    private static final int LONGEST_REASON = 200;
    private static final Duration FLUSH = Duration.ofSeconds(5);

    /**
     * Closes all of them, and returns when all are closed.
     *
     * @throws RefusedException the reason is too long, or the framing or the transport of one of
     *     their listeners cannot carry the text; none is closed
     */
    void close(Collection<PeerSession> sessions) {
        check();
        Map<Listener, byte[]> frames = new HashMap<>(2);
        if (text != null) {
            sessions.forEach(
                    each -> frames.computeIfAbsent(each.listener(), to -> frame(to, text)));
        }
        List<CompletableFuture<Peer>> ends =
                sessions.stream()
                        .map(
                                each ->
                                        each.closeLater(
                                                CloseReason.KICKED,
                                                reason,
                                                frames.get(each.listener()),
                                                FLUSH))
                        .toList();
        ends.forEach(CompletableFuture::join);
    }

    /**
     * Refuses a reason that is too long.
     *
     * @throws RefusedException it is
     */
    void check() {
        if (reason != null && reason.length() > LONGEST_REASON) {
            throw Refusal.badRequest(
                    "reason has " + reason.length() + " characters: it takes " + LONGEST_REASON);
        }
    }

    private static void refuse(String what, Optional<String> objection) {
        if (objection.isPresent()) {
            throw Refusal.of(Refusal.Reason.BAD_PAYLOAD, what + objection.get());
        }
    }

    private static byte[] frame(Listener listener, String text) {
        Framing framing = Framing.of(listener.framingOut());
        refuse("farewell has ", Utf8.objection(text));
        byte[] payload = text.getBytes(UTF_8);
        refuse("farewell: ", framing.objection(payload));
        byte[] frame = framing.encode(payload);
        int longest = listener.socket().longestSend();
        if (frame.length > longest) {
            throw Refusal.of(
                    Refusal.Reason.TOO_LARGE,
                    "farewell takes %d bytes, and a peer of listener '%s' %d at most"
                            .formatted(frame.length, listener.name(), longest));
        }
        return frame;
    }
}
