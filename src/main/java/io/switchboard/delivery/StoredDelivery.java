package io.switchboard.delivery;

import io.switchboard.delivery.AckTracker.Before;
import io.switchboard.kernel.KernelSockets;
import io.switchboard.kernel.TcpSocketInfo;
import io.switchboard.kernel.TcpSocketInfo.SocketPair;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.DeliveryCallback;
import io.switchboard.peer.EncodedFrames;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.RejectReason;
import io.switchboard.peer.Transport;
import io.switchboard.receive.SentHistory;
import io.switchboard.receive.SentHistory.Status;
import io.switchboard.receive.SentMessage;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Offers stored messages to peers, and finds out what became of them. Thread-safe. */
@Component
public final class StoredDelivery {
    /** How far an attempt has come. The stages after {@link #WRITTEN} are final. */
    public enum Stage {
        QUEUED,
        /** The kernel accepted every byte. */
        WRITTEN,
        /** The peer's kernel acknowledged every byte. */
        ACKED,
        /** The kernel accepted every byte, and the transport has no acknowledgements. */
        UNACKNOWLEDGEABLE,
        /** The connection ended before the acknowledgement; the peer may have the message. */
        FAILED,
        /** The outbox did not take the message now; nothing was written. */
        REFUSED,
        /** The deadline passed first; nothing was written. */
        EXPIRED
    }

    /**
     * One message that was offered to one peer. The outbox calls it, with its monitor held; it only
     * sets {@code stage} and the status in the peer's history, whose monitor is a leaf, and tells
     * whoever waits, who must not take a lock for that.
     */
    public static final class Attempt implements DeliveryCallback {
        private final PeerSession session;
        private final Runnable changed;
        private volatile long deadline;
        private volatile Stage stage = Stage.QUEUED;

        /** The number of bytes that were sent when the message was; used by {@link #settle}. */
        private long end = -1;

        /**
         * Whether the outbox was asked to remove it after its deadline; used by {@link #settle}.
         */
        private boolean overdue;

        private final String id;

        private Attempt(String id, PeerSession session, long deadline, Runnable changed) {
            this.id = id;
            this.session = session;
            this.changed = changed;
            this.deadline = deadline;
        }

        public PeerSession session() {
            return session;
        }

        public Stage stage() {
            return stage;
        }

        /** Returns the {@link System#nanoTime} from which on the write must not begin. */
        public long deadline() {
            return deadline;
        }

        /** Returns whether {@link #settle} has to remove it from the outbox at its deadline. */
        public boolean awaitsDeadline() {
            return stage == Stage.QUEUED && !overdue;
        }

        /** Replaces the {@link System#nanoTime} from which on the write must not begin. */
        public void extend(long newDeadline) {
            deadline = newDeadline;
        }

        private void reached(Stage next) {
            reach(next);
            changed.run();
        }

        private void reach(Stage next) {
            stage = next;
            SentHistory history = SentHistory.of(session);
            if (history != null) {
                switch (next) {
                    case QUEUED, UNACKNOWLEDGEABLE -> {}
                    case WRITTEN -> history.set(id, Status.WRITTEN, null);
                    case ACKED -> history.set(id, Status.ACKED, null);
                    case FAILED, REFUSED, EXPIRED ->
                            history.set(id, Status.FAILED, next.name().toLowerCase(Locale.ROOT));
                }
            }
        }

        @Override
        public boolean hasDeadline() {
            return true;
        }

        @Override
        public boolean mayBegin() {
            return deadline - System.nanoTime() > 0;
        }

        @Override
        public void refused(PeerSession peer, RejectReason reason) {
            reached(Stage.REFUSED);
        }

        @Override
        public void queued(PeerSession peer) {}

        @Override
        public void written(PeerSession peer, int bytes) {
            reached(Stage.WRITTEN);
        }

        @Override
        public void failed(PeerSession peer, CloseReason reason) {
            reached(Stage.FAILED);
        }

        @Override
        public void expired(PeerSession peer) {
            reached(Stage.EXPIRED);
        }
    }

    private final KernelSockets kernel;

    StoredDelivery(KernelSockets kernel) {
        this.kernel = kernel;
    }

    /**
     * Returns why the peers of this session's listener cannot get the message; empty if they can.
     */
    public Optional<String> objection(Send send, PeerSession session) {
        return objection(send, session.listener());
    }

    /** Returns why the peers of a listener cannot get the message; empty if they can. */
    public Optional<String> objection(Send send, Listener listener) {
        Payload payload = new Payload(send);
        return payload.rejection(payload.formFor(listener))
                .or(() -> payload.rejection(listener))
                .map(SendResult.Rejected::detail);
    }

    /**
     * Offers a message to a peer, unless its deadline has passed. Never blocks.
     *
     * @param id the id of the message, for the history of the peer
     * @param deadline the {@link System#nanoTime} from which on the write must not begin
     * @param changed called on any thread when the stage changes, perhaps with locks held
     */
    public Attempt offer(
            String id, Send send, PeerSession session, long deadline, Runnable changed) {
        Attempt attempt = new Attempt(id, session, deadline, changed);
        Payload payload = new Payload(send);
        EncodedFrames frames = payload.frames(session.listener(), attempt);
        if (!attempt.mayBegin()) {
            attempt.stage = Stage.EXPIRED;
            return attempt;
        }
        SentHistory history = SentHistory.of(session);
        if (history != null) {
            history.add(
                    new SentMessage(id, System.nanoTime(), payload.bytesFor(session.listener())));
        }
        if (session.offer(frames, frames.view())) {
            attempt.reach(Stage.WRITTEN);
        }
        return attempt;
    }

    /**
     * Asks the kernel which of the written messages are acknowledged, and expires those that still
     * wait in the outbox of a peer that does not read. One thread at a time.
     */
    public void settle(Collection<Attempt> attempts) {
        Map<Attempt, Before> states = new HashMap<>();
        for (Attempt each : attempts) {
            if (each.stage == Stage.QUEUED && !each.overdue && !each.mayBegin()) {
                each.overdue = true;
                each.session.removeExpired();
            }
            if (each.stage == Stage.WRITTEN) {
                if (each.end < 0) {
                    each.end = each.session.view().sentBytes();
                }
                Transport transport = each.session.listener().transport();
                if (transport == Transport.UNIX) {
                    each.reach(Stage.ACKED);
                } else if (!transport.isTcp() || !kernel.available()) {
                    each.stage = Stage.UNACKNOWLEDGEABLE;
                } else {
                    states.put(each, Before.of(each.session));
                }
            }
        }
        if (!states.isEmpty()) {
            List<PeerSession> sessions = states.keySet().stream().map(Attempt::session).toList();
            AckTracker.withSockets(kernel, sessions, sockets -> settle(states, sockets));
        }
    }

    private static void settle(
            Map<Attempt, Before> states, Map<SocketPair, TcpSocketInfo> sockets) {
        states.forEach(
                (attempt, before) -> {
                    @Nullable SocketPair pair = AckTracker.socketPair(attempt.session);
                    TcpSocketInfo socket = sockets.get(pair);
                    if (socket != null && before.sent() - socket.sendQueue() >= attempt.end) {
                        attempt.reach(Stage.ACKED);
                    } else if (before.closed()) {
                        attempt.reach(Stage.FAILED);
                    }
                });
    }
}
