package io.switchboard.peer;

import io.switchboard.peer.Directory.Identity;
import io.switchboard.peer.Peer.PeerState;
import io.switchboard.peer.Peer.Traffic;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Takes the facts of a session as they are now. Holds no lock meanwhile: what moves may have moved
 * between one fact and the next, but a count and its time, and a state and its reason, go together.
 */
final class Facts {
    private Facts() {}

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
                ? received.bytes()
                        + " bytes received, no frame yet: is the framing '"
                        + session.listener().framing()
                        + "' right?"
                : null;
    }
}
