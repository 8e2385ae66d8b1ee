package io.switchboard.query;

import io.switchboard.framing.Framing;
import io.switchboard.net.Texts;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.PeerSnapshot;
import io.switchboard.peer.Reach;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * How an operator closes peers: the outbox of each peer is flushed within 5 s, then the text is
 * sent as one frame, then the stream ends.
 *
 * @param reason a text for people, shown in the log and in {@code /peers}; null for none
 * @param text the last message to the peers; null for none
 */
public record Farewell(@Nullable String reason, @Nullable String text) {
    private static final int MAX_REASON = 200;
    private static final Duration FLUSH_TIMEOUT = Duration.ofSeconds(5);

    /**
     * Closes those of these peers that are still in reach. Blocks until all are closed.
     *
     * @return how many
     * @throws RefusedException the reason is too long, or the framing or the transport of one of
     *     the peers' listeners cannot carry the text; no peer is closed
     */
    int close(Collection<PeerSession> sessions, Reach reach) {
        check();
        Map<Listener, byte[]> frames = new HashMap<>(2);
        if (text != null) {
            sessions.forEach(
                    each ->
                            frames.computeIfAbsent(
                                    each.listener(), listener -> frame(listener, text)));
        }
        List<CompletableFuture<PeerSnapshot>> closing =
                sessions.stream()
                        .filter(reach::includes)
                        .map(
                                each ->
                                        each.closeAsync(
                                                CloseReason.KICKED,
                                                reason,
                                                frames.get(each.listener()),
                                                FLUSH_TIMEOUT))
                        .toList();
        closing.forEach(CompletableFuture::join);
        return closing.size();
    }

    /**
     * Checks the length of the reason.
     *
     * @throws RefusedException the reason is too long
     */
    void check() {
        if (reason != null && reason.length() > MAX_REASON) {
            throw Rejection.badRequest(
                    "reason has "
                            + reason.length()
                            + " characters: it takes at most "
                            + MAX_REASON);
        }
    }

    private static void checkPayload(String prefix, Optional<String> objection) {
        if (objection.isPresent()) {
            throw Rejection.of(Rejection.Reason.BAD_PAYLOAD, prefix + objection.get());
        }
    }

    private static byte[] frame(Listener listener, String text) {
        Framing framing = Framing.of(listener.framingOut());
        checkPayload("farewell has ", Texts.objection(text, listener.charset()));
        byte[] payload = text.getBytes(listener.charset());
        checkPayload("farewell: ", framing.objection(payload));
        byte[] frame = framing.encode(payload);
        int limit = listener.socket().longestSend();
        if (frame.length > limit) {
            throw Rejection.of(
                    Rejection.Reason.TOO_LARGE,
                    "farewell has %d bytes with its framing: a peer of listener '%s' takes at most %d"
                            .formatted(frame.length, listener.name(), limit));
        }
        return frame;
    }
}
