package io.switchboard.peer;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.switchboard.peer.Directory.Identity;
import io.switchboard.peer.Link.TlsFacts;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
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
        OPEN,
        DRAINING,
        CLOSED;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Returns the current facts of a session. Takes no lock for all of them: values may change
     * between one fact and the next, but a count and its time, and a state and its reason, match.
     */
    static Peer of(PeerSession session) {
        Link link = session.link();
        Outbox outbox = session.outbox();
        Listener listener = session.listener();
        Identity who = session.identity();
        Ending ending = session.ending();
        Instant closed = ending == null ? null : ending.closedAt();
        Traffic received = session.arrivals().traffic();
        Traffic sent = outbox.sent();
        Duration idle = session.idleTimeout();
        return new Peer(
                session.id(),
                who.name(),
                who.groups(),
                listener.transport().word(),
                Endpoint.family(link.client()),
                listener.transport().type(),
                link.direction().word(),
                listener.name(),
                listener.framing(),
                link.peername(),
                Endpoint.of(link.local()),
                link.proxy(),
                link.tls(),
                state(ending, closed),
                ending == null ? null : ending.reason(),
                ending == null ? null : ending.detail(),
                session.connectedAt(),
                received.isNone() ? null : session.lastReceivedAt(),
                sent.bytes() == 0 ? null : session.lastSentAt(),
                closed,
                received,
                sent,
                outbox.queued(),
                link.partialFrameBytes(),
                idle.isZero() ? null : idle,
                hint(session, received));
    }

    private static PeerState state(@Nullable Ending ending, @Nullable Instant closed) {
        if (ending == null) {
            return PeerState.OPEN;
        }
        return closed == null ? PeerState.DRAINING : PeerState.CLOSED;
    }

    /** The commonest mistake: bytes come, and never the end of a frame. */
    private static @Nullable String hint(PeerSession session, Traffic received) {
        if (session.paused()) {
            return "nothing is read from it at present: the queue for what its listener receives is"
                    + " full";
        }
        return received.bytes() > 0 && received.messages() == 0
                ? "%d bytes received, no frame yet: is the framing '%s' right?"
                        .formatted(received.bytes(), session.listener().framing())
                : null;
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
