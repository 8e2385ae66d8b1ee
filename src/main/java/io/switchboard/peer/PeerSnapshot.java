package io.switchboard.peer;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.switchboard.net.Endpoint;
import io.switchboard.peer.Link.TlsFacts;
import io.switchboard.peer.NameIndex.Identity;
import io.switchboard.peer.PeerData.PeerKey;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The facts of one peer at one moment, in the order in which the API shows them.
 *
 * @param name null if the peer has none
 * @param peername the client's address, as getpeername(2) or a proxy's PROXY header reports it
 * @param sockname the local address, as getsockname(2) reports it
 * @param proxy the proxy through which the client connected; null if there is none
 * @param tls the result of the TLS handshake; null without TLS
 * @param closeReason null while the peer is open
 * @param closeDetail the reason that an operator gave, or details of the close; null if there are
 *     none
 * @param queued the messages and bytes in the outbox
 * @param partialFrameBytes the received bytes of a frame that is not complete yet
 * @param idleTimeout the time after which a peer without traffic is closed; null for never
 * @param hint a human-readable description of a possible problem; null if there is none
 */
public record PeerSnapshot(
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
    private static final PeerKey<String> HINT = new PeerKey<>();

    /**
     * The amount of data in one direction or in the outbox.
     *
     * @param messages the number of frames
     * @param bytes the number of bytes, framing included
     */
    public record Traffic(long messages, long bytes) {
        static final Traffic NONE = new Traffic(0, 0);

        /** Returns whether there was no data. An empty datagram counts as data. */
        boolean isNone() {
            return messages == 0 && bytes == 0;
        }
    }

    /** The state of a session; {@link PeerSession} contains the diagram. */
    public enum PeerState {
        OPEN,
        /** The peer has ended its stream and may still read. */
        HALF_CLOSED,
        DRAINING,
        CLOSED;

        public String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        static PeerState of(@Nullable CloseState closeState, boolean inputEnded) {
            if (closeState == null) {
                return inputEnded ? HALF_CLOSED : OPEN;
            }
            return closeState.isClosed() ? CLOSED : DRAINING;
        }
    }

    /** Returns the same facts with another detail of the close. */
    public PeerSnapshot withCloseDetail(String detail) {
        return new PeerSnapshot(
                id,
                name,
                groups,
                transport,
                family,
                type,
                direction,
                listener,
                framing,
                peername,
                sockname,
                proxy,
                tls,
                state,
                closeReason,
                detail,
                connectedAt,
                lastReceivedAt,
                lastSentAt,
                closedAt,
                received,
                sent,
                queued,
                partialFrameBytes,
                idleTimeout,
                hint);
    }

    /** Sets the state that a later release has and this one does not know. */
    public PeerSnapshot {
        state = Objects.requireNonNullElse(state, PeerState.OPEN);
    }

    /**
     * Returns the current facts of a session. No lock covers all of them, so values may change
     * between one fact and the next. A count and its time are consistent, and so are a state and
     * its close reason.
     */
    static PeerSnapshot of(PeerSession session) {
        Link link = session.link();
        Outbox outbox = session.outbox();
        Listener listener = session.listener();
        Identity identity = session.identity();
        CloseState closeState = session.closeState();
        Instant closed = closeState == null ? null : closeState.closedAt();
        Traffic received = session.receiveStats().traffic();
        Traffic sent = outbox.sent();
        Duration idle = session.idleTimeout();
        return new PeerSnapshot(
                session.id(),
                identity.name(),
                identity.groups(),
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
                state(session, closeState, closed),
                closeState == null ? null : closeState.reason(),
                closeState == null ? null : closeState.detail(),
                session.connectedAt(),
                received.isNone() ? null : session.receiveStats().lastAt(),
                sent.bytes() == 0 ? null : WallClock.at(outbox.lastSent()),
                closed,
                received,
                sent,
                outbox.queued(),
                link.partialFrameBytes(),
                idle.isZero() ? null : idle,
                hint(session, received));
    }

    /** Sets what may be wrong with the configuration for this peer; empty for nothing. */
    public static void hint(PeerSession session, String text) {
        session.data().put(HINT, text);
    }

    private static PeerState state(
            PeerSession session, @Nullable CloseState closeState, @Nullable Instant closed) {
        return closeState != null && closed == null
                ? PeerState.DRAINING
                : PeerState.of(closeState, session.hasInputEnded());
    }

    /**
     * Returns why no messages arrive: reading is paused, or what the peer sends is not what its
     * listener is configured for.
     */
    private static @Nullable String hint(PeerSession session, Traffic received) {
        if (session.readPause().paused()) {
            return "reading from this peer is paused: its listener's queue for received messages is"
                    + " full";
        }
        String configuration = session.data().get(HINT);
        if (configuration != null && !configuration.isEmpty()) {
            return configuration;
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
