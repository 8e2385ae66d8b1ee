package io.switchboard.receive;

import io.switchboard.peer.PeerObserver;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.PeerSnapshot;
import io.switchboard.peer.Reach;
import java.time.Duration;
import java.util.Collection;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.springframework.stereotype.Component;

/**
 * Sends requests to peers and waits for their replies ({@code wait=reply} of {@code POST /send}).
 * The listener determines which frame is the reply: the next frame (fifo), or the frame in which
 * the {@code correlate} expression finds the same key as in the request.
 */
@Component
public final class RequestReply implements PeerObserver {
    /** The result of a request. */
    public sealed interface Reply {

        /**
         * The peer replied.
         *
         * @param payload shared with the peer's history
         * @param incomplete whether the peer ended its stream before the end of the reply
         */
        @SuppressWarnings("ArrayRecordComponent") // replies are not compared
        record Received(byte[] payload, boolean incomplete) implements Reply {}

        /**
         * The peer did not reply in time or ended its stream first, or its outbox refused the
         * request.
         */
        record NoReply() implements Reply {}

        /** The request was not sent, because earlier requests did not complete in time. */
        record NotSent() implements Reply {}
    }

    RequestReply(PeerRegistry registry) {
        registry.observe(this);
    }

    /** Returns whether a reply can be matched: the request contains a key, or order decides. */
    public boolean canMatchReply(PeerSession session, byte[] payload) {
        return PendingRequests.of(session).key(payload).isPresent();
    }

    /**
     * Makes the next frame of a session the reply, also if the listener has a {@code correlate}
     * expression, or what the peer has sent when it ends its stream. Called before the first
     * request to the session.
     */
    public static void matchByOrder(PeerSession session) {
        PendingRequests.matchByOrder(session);
    }

    /**
     * Returns whether an unfinished frame at the end of the stream is the reply, whatever {@code
     * at-end} of the listener says: {@link #matchByOrder} was called.
     */
    public static boolean takesUnfinished(PeerSession session) {
        PendingRequests requests = PendingRequests.ifPresent(session);
        return requests != null && requests.takesUnfinished();
    }

    /**
     * Sends a request to each session and waits for the replies. Blocks the calling thread, which
     * should be virtual; there is no further thread. If a peer is out of reach when it sends its
     * reply or ends, its frame is no reply, and its result is {@link Reply.NoReply} or {@link
     * Reply.NotSent} after the timeout, as if it had done nothing.
     *
     * @param reach the peers of which the sender may learn something
     * @param payload returns the request to a session without framing; {@link #canMatchReply} must
     *     be true for it
     * @param send sends the request to a session when its turn comes; returns false if it was
     *     refused
     * @param result receives the result of each session, on the calling thread
     * @param timeout the limit for everything, including the wait for earlier requests
     */
    public void request(
            Collection<PeerSession> sessions,
            Reach reach,
            Function<PeerSession, byte[]> payload,
            Predicate<PeerSession> send,
            BiConsumer<PeerSession, Reply> result,
            Duration timeout)
            throws InterruptedException {
        Caller caller = new Caller(timeout);
        for (PeerSession session : sessions) {
            PendingRequests requests = PendingRequests.of(session);
            caller.add(
                    requests,
                    requests.key(payload.apply(session)).orElseThrow(),
                    reach.includesAll() ? RequestReply::always : () -> reach.includes(session),
                    () -> send.test(session),
                    reply -> result.accept(session, reply));
        }
        caller.await();
    }

    private static boolean always() {
        return true;
    }

    /** Ends the requests to a peer that can no longer reply. */
    @Override
    public void inputEnded(PeerSession session) {
        close(session);
    }

    @Override
    public void closed(PeerSession session, PeerSnapshot last) {
        close(session);
    }

    private static void close(PeerSession session) {
        PendingRequests requests = PendingRequests.ifPresent(session);
        if (requests != null) {
            requests.close();
        }
    }
}
