package io.switchboard.peer;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.switchboard.peer.Link.TlsFacts;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The facts of one peer at one moment, in the order in which the API shows them.
 *
 * @param name given by identification; null without one
 * @param groups empty without identification
 * @param peername the far end, as getpeername(2) tells it, or the proxy in front of it
 * @param sockname our end, as getsockname(2) tells it
 * @param proxy the far end of the socket where that speaks for {@code peername}; null without one
 * @param tls null without TLS
 * @param closeReason null unless {@code state} is closed, or draining towards a close
 * @param closeDetail what an operator gave as reason, or more about the close; null without one
 * @param queued what waits in the outbox
 * @param partialFrameBytes bytes received of a frame that is not finished yet
 * @param idleTimeout closes the peer when no byte went either way for so long; null is never
 * @param hint what may be wrong, for people; null without one
 */
public record Peer(
        PeerId id,
        @Nullable String name,
        List<String> groups,
        String transport,
        String family,
        String type,
        String direction,
        String listener,
        String framing,
        Endpoint peername,
        Endpoint sockname,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Endpoint proxy,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable TlsFacts tls,
        PeerState state,
        @Nullable CloseReason closeReason,
        @Nullable String closeDetail,
        Instant connectedAt,
        @Nullable Instant lastReceivedAt,
        @Nullable Instant lastSentAt,
        @Nullable Instant closedAt,
        Traffic received,
        Traffic sent,
        Traffic queued,
        int partialFrameBytes,
        @Nullable Duration idleTimeout,
        @Nullable String hint)
        implements PeerView {
    /**
     * How much went one way.
     *
     * @param messages frames
     * @param bytes what the socket carried, framing included
     */
    public record Traffic(long messages, long bytes) {
        static final Traffic NONE = new Traffic(0, 0);

        /** Whether nothing went: a datagram may be empty. */
        boolean isNone() {
            return messages == 0 && bytes == 0;
        }
    }

    /** Where a session is in its life; {@link PeerSession} has the diagram. */
    public enum PeerState {
        OPEN("open"),
        DRAINING("draining"),
        CLOSED("closed");

        private final String word;

        PeerState(String word) {
            this.word = word;
        }

        public String word() {
            return word;
        }
    }

    @Override
    public String listenerName() {
        return listener;
    }

    @Override
    public String transportWord() {
        return transport;
    }

    @Override
    public long receivedBytes() {
        return received.bytes();
    }

    @Override
    public long sentBytes() {
        return sent.bytes();
    }

    @Override
    public long queuedBytes() {
        return queued.bytes();
    }

    @Override
    public Instant lastActiveAt() {
        return later(lastSentAt, later(lastReceivedAt, connectedAt));
    }

    private static Instant later(@Nullable Instant one, Instant other) {
        return one != null && one.isAfter(other) ? one : other;
    }
}
