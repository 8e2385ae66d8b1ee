package io.switchboard.peer;

import io.switchboard.fatal.FatalErrors;
import io.switchboard.net.Endpoint;
import io.switchboard.peer.NameIndex.Identity;
import io.switchboard.peer.PeerRegistry.NameResult;
import io.switchboard.peer.PeerSnapshot.PeerState;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to a peer. It sends frames through the outbox, counts traffic and closes exactly
 * once. Thread-safe.
 *
 * <pre>
 *   OPEN ────────────── close ───────────▶ DRAINING ── outbox empty, or time over ──▶ CLOSED
 *     │ inputEnded          ▲                  │                                        ▲
 *     ▼                     │ close            │                                        │
 *   HALF_CLOSED ────────────┘                  │                                        │
 *     │  no answer is owed and the outbox is empty, both directions have ended,         │
 *     │  or half-close-timeout                 │                                        │
 *     └────────────────────────────────────────┴── abort, broken, peerClosed ───────────┘
 * </pre>
 *
 * <p>The first call that leaves OPEN or HALF_CLOSED for DRAINING or CLOSED determines the close
 * reason. This object's monitor guards {@code closeState}; the other mutable parts have their own
 * locks. The monitor is never held during a call to the outbox, the link or the registry, so any
 * thread may close the session, even one that is writing to it.
 *
 * <p>Race: the last answer that is owed is settled while the peer ends its stream. The event loop
 * sets {@code halfClosed} and then asks whether an answer is owed. Whoever settles an answer
 * removes it from what is owed and then calls {@link #answered}, which reads {@code halfClosed}.
 * One of them sees both changes, and closing twice has no effect.
 */
public final class PeerSession {
    private static final Logger log = LoggerFactory.getLogger(PeerSession.class);
    private static final Duration FLUSH_BEFORE_ERROR_CLOSE = Duration.ofSeconds(1);

    private final PeerId id;

    /** Replaced if the listener is changed while it is open; set under the monitor. */
    private volatile Listener listener;

    private final Link link;
    private final PeerRegistry registry;
    private final Outbox outbox;
    private final ReadPause readPause;
    private final ReceiveStats receiveStats;

    /** A value of {@link System#nanoTime}, because the wall clock may be set. */
    private final long connected = System.nanoTime();

    /** Set only by {@link NameIndex}, under its monitor. */
    private volatile Identity identity = Identity.NONE;

    private volatile Duration idleTimeout;
    private final PeerData data = new PeerData();

    /**
     * Whether {@link UnackedPeers} contains the session, or is about to; also true if nobody
     * watches the acknowledgements of the peer.
     */
    private volatile boolean awaitsAck;

    /** What follows the end of the peer's stream; null before the end. Set by the event loop. */
    private volatile @Nullable HalfClosed halfClosed;

    /** Null while the session is open or half-closed. */
    private @Nullable CloseState closeState;

    /**
     * The peer has ended its stream.
     *
     * @param answers whether the session is closed after the answers that it owes, and accepts no
     *     other sends
     * @param detail what is known about the end of the stream; null if nothing
     * @param deadline {@link System#nanoTime} at which the session is closed
     */
    private record HalfClosed(
            boolean answers, @Nullable String detail, Duration timeout, long deadline) {

        String timeoutDetail() {
            return answers
                    ? "no answer within half-close-timeout, " + DurationText.of(timeout)
                    : "half-closed for half-close-timeout, " + DurationText.of(timeout);
        }
    }

    PeerSession(PeerId id, Listener listener, Link link, PeerRegistry registry) {
        this.id = id;
        this.listener = listener;
        this.link = link;
        this.registry = registry;
        this.idleTimeout = listener.idleTimeout();
        this.outbox = new Outbox(this, link, registry.outboxLimits(), registry.outboxBudget());
        this.readPause = new ReadPause(link, listener.counters());
        this.receiveStats = new ReceiveStats(listener.counters());
        this.awaitsAck = !registry.unacked().watches(listener.transport());
    }

    public PeerId id() {
        return id;
    }

    public Listener listener() {
        return listener;
    }

    /**
     * Gives the session the changed properties of its listener. An idle timeout that is not that of
     * the listener stays. Returns the former properties.
     */
    Listener listener(Listener changed) {
        Listener before;
        synchronized (this) {
            before = listener;
            listener = changed;
        }
        if (idleTimeout.equals(before.idleTimeout())) {
            idleTimeout = changed.idleTimeout();
        }
        return before;
    }

    public @Nullable String name() {
        return identity.name();
    }

    public List<String> groups() {
        return identity.groups();
    }

    /**
     * Returns what {@code reader} makes of the name, null for none, and the groups as they are at
     * one moment. Another thread may change both at once.
     */
    public <T> T identity(BiFunction<? super @Nullable String, List<String>, T> reader) {
        Identity current = identity;
        return reader.apply(current.name(), current.groups());
    }

    /** Returns whether a frame or an operator named it; its frames are no longer searched then. */
    public boolean identified() {
        return identity.identified();
    }

    Identity identity() {
        return identity;
    }

    void identity(Identity next) {
        identity = next;
    }

    /** Returns the data that other packages keep about the peer. */
    public PeerData data() {
        return data;
    }

    /** Returns what decides whether data of the peer is read. */
    public ReadPause readPause() {
        return readPause;
    }

    /** Returns what counts the data that the peer has sent. */
    public ReceiveStats receiveStats() {
        return receiveStats;
    }

    /** Sets the idle timeout, after which a session without traffic is closed; zero for none. */
    public void idleTimeout(Duration timeout) {
        idleTimeout = timeout;
        link.checkDeadlinesWithin(0);
    }

    /**
     * Writes, queues or refuses frames. Never blocks.
     *
     * @param view {@link EncodedFrames#view} of these frames, used by this thread only; its
     *     position is restored afterwards
     * @return true if the kernel accepted every byte at once, and no callback was or will be
     *     called; false if the callbacks report the result of each delivery
     */
    public boolean offer(EncodedFrames frames, ByteBuffer view) {
        return outbox.offer(frames, view);
    }

    /**
     * Offers frames that answer what the peer sent, as {@link #offer} does. A half-closed peer that
     * accepts no other sends gets them too.
     */
    public boolean answer(EncodedFrames frames, ByteBuffer view) {
        return outbox.answer(frames, view);
    }

    /**
     * Adds the session to {@link UnackedPeers}, because bytes were written to its socket. Called
     * after every write: it costs a read of one field while the session is in the set. Any thread.
     */
    public void awaitAck() {
        if (!awaitsAck) {
            awaitsAck = true;
            registry.unacked().add(this);
        }
    }

    /** Called by {@link UnackedPeers} after it has removed the session. */
    void ackTaken() {
        awaitsAck = false;
    }

    /** Continues writing because the socket is writable. Called on the connection's event loop. */
    public void writable() {
        outbox.writable();
    }

    /**
     * Removes queued messages whose write must not begin any more ({@link
     * DeliveryCallback#mayBegin}), even if the socket accepts no bytes. Any thread.
     */
    public void removeExpired() {
        outbox.removeExpired();
    }

    /**
     * Closes gracefully: flushes the queued data and the farewell, then ends the stream. No effect
     * on a session that is not open.
     *
     * @param detail a human-readable explanation for {@code /peers}; null for none
     * @param farewell the last frame to send, framing included; null for none
     * @param flush the time limit for flushing; messages that are still queued then fail
     */
    public void close(
            CloseReason reason,
            @Nullable String detail,
            byte @Nullable [] farewell,
            Duration flush) {
        long deadline = System.nanoTime() + flush.toNanos();
        synchronized (this) {
            if (closeState != null) {
                return;
            }
            closeState = new CloseState(reason, detail, deadline);
        }
        outbox.drain(
                farewell == null ? null : EncodedFrames.of(farewell, 1, DeliveryCallback.NONE));
        if (state() != PeerState.CLOSED) {
            link.checkDeadlinesWithin(flush.toNanos());
        }
    }

    /**
     * Sends the peer a line with the reason and closes gracefully. The line is framed if the
     * framing can represent it.
     */
    public void closeWithError(CloseReason reason, String detail) {
        closeWithError(reason, detail, listener.errorLine(reason.word(), detail));
    }

    /** Sends the peer these bytes and closes gracefully. */
    public void closeWithError(CloseReason reason, String detail, byte[] last) {
        close(reason, detail, last, FLUSH_BEFORE_ERROR_CLOSE);
    }

    /**
     * Closes a peer because another peer has got its name. The remote end, which may have been
     * chosen by a client that does not reach that peer, is not told its id.
     */
    void closeAsReplaced(String name, PeerSession by) {
        String named = "'" + name + "' is now the name of ";
        closeWithError(
                CloseReason.REPLACED,
                named + "peer " + by.id(),
                listener.errorLine(CloseReason.REPLACED.word(), named + "another peer"));
    }

    /**
     * Closes a peer because its name belongs to another peer, which keeps it.
     *
     * @param reach that of who gave the name: the remote end is not told the id of a peer out of it
     */
    public void closeAsDuplicate(NameResult.Taken taken, String name, Reach reach) {
        String holder = reach.includes(taken.by()) ? "peer " + taken.by().id() : "another peer";
        closeWithError(CloseReason.DUPLICATE_NAME, "'" + name + "' is the name of " + holder);
    }

    /**
     * Queues a frame before all others and ignores the result. Called before other threads can find
     * the session; {@link #writable} writes it.
     */
    public void hold(byte[] frame) {
        outbox.hold(EncodedFrames.of(frame, 1, DeliveryCallback.NONE));
    }

    /** Runs a task on the connection's thread; see {@link Link#execute}. */
    public void execute(Runnable task) {
        link.execute(task);
    }

    /** Sends an answer of one frame, as {@link #answer} does, and ignores the result. */
    public void send(byte[] frame) {
        EncodedFrames frames = EncodedFrames.of(frame, 1, DeliveryCallback.NONE);
        answer(frames, frames.view());
    }

    /** Sends bytes that are no message, such as an answer of the protocol; ignores the result. */
    public void sendCommand(byte[] bytes) {
        EncodedFrames frames = EncodedFrames.of(bytes, 0, DeliveryCallback.NONE);
        offer(frames, frames.view());
    }

    /**
     * Closes as {@link #close} does. Returns a new stage that completes when the session is closed,
     * for any reason.
     */
    public CompletableFuture<PeerSnapshot> closeAsync(
            CloseReason reason,
            @Nullable String detail,
            byte @Nullable [] farewell,
            Duration flush) {
        close(reason, detail, farewell, flush);
        return setCloseState(reason, detail).whenClosed().copy();
    }

    /**
     * Continues or closes after the end of the peer's stream, when everything that the peer sent
     * has been processed. Called on the connection's event loop, once.
     *
     * @param detail what is known about the end of the stream, for {@code /peers}; null if nothing
     */
    public void inputEnded(HalfClose halfClose, Duration timeout, @Nullable String detail) {
        if (halfClose == HalfClose.CLOSE || state() == PeerState.CLOSED) {
            peerClosed(detail);
            return;
        }
        boolean answers = halfClose == HalfClose.ANSWER;
        long deadline = System.nanoTime() + timeout.toNanos();
        halfClosed = new HalfClosed(answers, detail, timeout, deadline);
        registry.inputEnded(this);
        if (outbox.inputEnded(answers)) {
            peerClosed(detail);
            return;
        }
        answered();
        if (state() == PeerState.HALF_CLOSED) {
            link.checkDeadlinesWithin(timeout.toNanos());
        }
    }

    /**
     * Closes the session if it is half-closed and owes its peer no further answer: the answers in
     * its outbox are written before. Called after an answer was offered or will not come; any
     * thread.
     */
    public void answered() {
        HalfClosed end = halfClosed;
        if (end == null || !end.answers() || link.owesAnswer()) {
            return;
        }
        ReadPause.ReadGate gate = readPause.gate();
        if (gate == null || !gate.owesAnswer()) {
            outbox.drain(null);
        }
    }

    /** Returns whether the peer has ended its stream, so that nothing more is received. */
    public boolean hasInputEnded() {
        return halfClosed != null;
    }

    /** Closes because the peer ended its stream. Queued messages fail. */
    public void peerClosed() {
        peerClosed(null);
    }

    private void peerClosed(@Nullable String detail) {
        end(setCloseState(CloseReason.PEER_CLOSED, detail), true);
    }

    /** Closes at once. Queued messages fail, and data in the kernel's buffers may be lost. */
    public void abort(CloseReason reason, @Nullable String detail) {
        end(setCloseState(reason, detail), false);
    }

    /**
     * Closes at once because reading or writing failed. An {@link IOException} is a fault of the
     * network; any other exception is a fault of this service and is logged.
     */
    public void broken(Throwable cause) {
        FatalErrors.check(cause);
        if (cause instanceof IOException) {
            abort(CloseReason.RESET, cause.getMessage());
        } else {
            log.error("peer {} is closed after an unexpected exception", id, cause);
            abort(CloseReason.INTERNAL_ERROR, cause.toString());
        }
    }

    /**
     * Ends the session because the outbox has flushed everything after {@link #close}, or after the
     * end of the peer's stream.
     */
    void drained() {
        HalfClosed end = halfClosed;
        end(setCloseState(CloseReason.PEER_CLOSED, end == null ? null : end.detail()), true);
    }

    /**
     * Closes the session if a deadline has passed. Called on the connection's event loop when the
     * session is open, and then as often as the result and {@link Link#checkDeadlinesWithin}
     * demand.
     *
     * @param now {@link System#nanoTime}
     * @return the nanoseconds until the next deadline; {@link Long#MAX_VALUE} if none is running
     */
    public long checkDeadlines(long now) {
        CloseState state = closeState();
        if (state == null) {
            long halfClosedLeft = enforceHalfCloseTimeout(now);
            if (halfClosedLeft <= 0) {
                return Long.MAX_VALUE;
            }
            Duration write = registry.outboxLimits().writeDeadline();
            long left = SlowAndIdleTimeouts.enforce(this, write, now);
            return Math.max(0, Math.min(halfClosedLeft, left));
        }
        if (state.nanosLeft(now) <= 0) {
            end(state, false);
        }
        return state.isClosed() ? Long.MAX_VALUE : state.nanosLeft(now);
    }

    /**
     * Closes the session if it has been half-closed for too long; messages that are still queued
     * then fail. Returns the nanoseconds left; {@link Long#MAX_VALUE} if it is not half-closed.
     */
    private long enforceHalfCloseTimeout(long now) {
        HalfClosed end = halfClosed;
        if (end == null) {
            return Long.MAX_VALUE;
        }
        long left = end.deadline() - now;
        if (left <= 0) {
            String detail = end.detail() == null ? end.timeoutDetail() : end.detail();
            boolean written = outbox.queued().isNone();
            end(setCloseState(CloseReason.PEER_CLOSED, detail), written);
        }
        return left;
    }

    /** Returns the close state, which this sets if the session is open. */
    private synchronized CloseState setCloseState(CloseReason reason, @Nullable String detail) {
        if (closeState == null) {
            closeState = new CloseState(reason, detail, System.nanoTime());
        }
        return closeState;
    }

    /** Ends the session, once. If {@code orderly}, a FIN follows the bytes already written. */
    private void end(CloseState first, boolean orderly) {
        if (!first.markClosed()) {
            return;
        }
        readPause.end();
        outbox.close(first.reason());
        PeerSnapshot last = snapshot();
        if (orderly) {
            link.finish();
        } else {
            link.abort();
        }
        registry.closed(this, first.reason(), last);
        first.whenClosed().complete(last);
    }

    /** Returns the state of the session. */
    public PeerState state() {
        return PeerState.of(closeState(), halfClosed != null);
    }

    /** Returns whether the session is neither being closed nor closed; it may be half-closed. */
    public boolean isOpen() {
        return closeState() == null;
    }

    /** Returns why the session is being or was closed; empty while it is open. */
    public Optional<CloseReason> closeReason() {
        return Optional.ofNullable(closeState()).map(CloseState::reason);
    }

    /** Returns the time since the last byte was sent or received, or else since it connected. */
    long nanosIdle(long now) {
        boolean sent = outbox.sent().bytes() > 0;
        long sinceSent = sent ? now - outbox.lastSent() : Long.MAX_VALUE;
        return Math.min(nanosConnected(now), Math.min(sinceSent, receiveStats.nanosSince(now)));
    }

    long nanosConnected(long now) {
        return now - connected;
    }

    /** Returns the client's address, which differs from the socket's if a proxy is in front. */
    public SocketAddress client() {
        return link.client();
    }

    /** Returns {@link #client} as an endpoint. */
    public Endpoint peername() {
        return link.peername();
    }

    /** Returns the IP address of {@link #client}; null if it has none. */
    public @Nullable InetAddress address() {
        return Endpoint.ip(link.client());
    }

    /** Returns a snapshot of the current facts. */
    public PeerSnapshot snapshot() {
        return PeerSnapshot.of(this);
    }

    /** Returns a live view of the facts. */
    public PeerView view() {
        return new SessionView(this);
    }

    Instant connectedAt() {
        return WallClock.at(connected);
    }

    /** Returns whether it connected after this {@link System#nanoTime}. */
    public boolean connectedAfter(long nanoTime) {
        return connected - nanoTime > 0;
    }

    Duration idleTimeout() {
        return idleTimeout;
    }

    synchronized @Nullable CloseState closeState() {
        return closeState;
    }

    /** Returns the connection's end, for its addresses and the options of its socket. */
    public Link link() {
        return link;
    }

    Outbox outbox() {
        return outbox;
    }
}
