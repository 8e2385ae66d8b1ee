package io.switchboard.web;

import io.switchboard.framing.Framing;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Peer;
import io.switchboard.peer.PeerSession;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;

/**
 * How an operator closes peers: what is queued is flushed, within 5 s, then the text goes out as
 * one frame, then the stream ends.
 *
 * @param reason for people, in the log and in {@code /peers}
 * @param text null for no last word
 */
record Farewell(@Nullable String reason, @Nullable String text) {
    private static final int LONGEST_REASON = 200;
    private static final Duration FLUSH = Duration.ofSeconds(5);

    Farewell {
        if (reason != null && reason.length() > LONGEST_REASON) {
            throw ApiProblem.badRequest(
                    "reason has " + reason.length() + " characters: it takes " + LONGEST_REASON);
        }
    }

    /**
     * Closes all of them, and returns when all are closed.
     *
     * @throws ApiProblem 422, the framing of one of their listeners cannot carry the text, or 413,
     *     its transport; none is closed
     */
    void close(Collection<PeerSession> sessions) {
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

    private static byte[] frame(Listener listener, String text) {
        Framing framing = Framing.of(listener.framingOut());
        byte[] payload = TextPayload.bytes("farewell", text);
        framing.objection(payload)
                .ifPresent(
                        objection -> {
                            throw new ApiProblem(
                                    HttpStatus.UNPROCESSABLE_CONTENT,
                                    "bad_payload",
                                    "farewell: " + objection);
                        });
        byte[] frame = framing.encode(payload);
        int longest = listener.socket().longestSend();
        if (frame.length > longest) {
            throw new ApiProblem(
                    HttpStatus.CONTENT_TOO_LARGE,
                    "too_large",
                    "farewell takes %d bytes, and a peer of listener '%s' %d at most"
                            .formatted(frame.length, listener.name(), longest));
        }
        return frame;
    }
}
