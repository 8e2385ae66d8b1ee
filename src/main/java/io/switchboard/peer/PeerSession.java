package io.switchboard.peer;

import io.switchboard.peer.Directory.Identity;
import io.switchboard.peer.Peer.PeerState;
import io.switchboard.peer.PeerRegistry.Naming;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One live connection to a peer: takes what is to be sent, counts, and ends exactly once.
 *
 * <pre>
 *   OPEN ── close ──▶ DRAINING ── outbox empty, or its time is up ──▶ CLOSED
 *     │                                                                ▲
 *     └──────────────── abort, broken, the peer ended ─────────────────┘
 * </pre>
 *
 * <p>The reason is settled by whatever leaves OPEN first. This object's monitor guards which {@link
 * Ending} it is, and what is attached; whatever else changes has a lock of its own. It is never
 * held while the outbox, the link or the registry is called, so that a close may come from any
 * thread, a writer's included.
 */
public final class PeerSession implements PeerView {
    /** Says before each read of a peer whether what it will bring can be taken. */
    @FunctionalInterface
    public interface Intake {

        /**
         * Called on the peer's event loop; never blocks. Whoever says no has {@linkplain
         * PeerSession#pauseReading paused} the peer's reading, and resumes it when there is room
         * again; what a read that was allowed brings is taken in any case.
         */
        boolean takes(PeerSession session);
    }

    private static final Logger log = LoggerFactory.getLogger(PeerSession.class);
    private static final Duration FLUSH_BEFORE_ERROR_CLOSE = Duration.ofSeconds(1);

    private final PeerId id;
    private final Listener listener;
    private final Link link;
    private final PeerRegistry registry;
    private final Outbox outbox;
    private final Reading reading;
    private final Arrivals arrivals = new Arrivals();

    /** {@link System#nanoTime}, as all times here: the wall clock may be set. */
    private final long connected = System.nanoTime();

    /** Set by the directory alone, under its lock. */
    private volatile Identity identity = Identity.NONE;

    private volatile Duration idleTimeout;
    private volatile @Nullable Object attachment;

    /** Set before the session can be found, if at all; null takes everything. */
    private @Nullable Intake intake;

    /** Null while it is open. */
    private @Nullable Ending ending;

    PeerSession(PeerId id, Listener listener, Link link, PeerRegistry registry) {
        this.id = id;
        this.listener = listener;
        this.link = link;
        this.registry = registry;
        this.idleTimeout = listener.idleTimeout();
        this.outbox = new Outbox(this, link, registry.limits(), registry.budget());
        this.reading = new Reading(link, listener.counters());
    }

    @Override
    public PeerId id() {
        return id;
    }

    public Listener listener() {
        return listener;
    }

    @Override
    public @Nullable String name() {
        return identity.name();
    }

    @Override
    public List<String> groups() {
        return identity.groups();
    }

    /** Whether a frame or an operator has named it: what it sends need not be searched. */
    public boolean identified() {
        return identity.settled();
    }

    Identity identity() {
        return identity;
    }

    void identity(Identity next) {
        identity = next;
    }

    /** What another room has attached to it; null before. */
    public @Nullable Object attachment() {
        return attachment;
    }

    /** Attaches what is made, unless something is attached already; returns what then is. */
    public synchronized Object attachIfNone(Supplier<?> made) {
        Object known = attachment;
        if (known == null) {
            known = made.get();
            attachment = known;
        }
        return known;
    }

    /** Has somebody asked before each read. Called once at most, when the peer is connected. */
    public void intake(Intake asked) {
        intake = asked;
    }

    /** Who is asked before each read; null where nobody is. */
    public @Nullable Intake intake() {
        return intake;
    }

    /**
     * Whether the connection may read now; if not, it is paused. Called on its own thread before
     * each read: the link hears of a pause a moment after it was made, and must not read in it.
     */
    public boolean mayBeRead() {
        Intake asked = intake;
        return !reading.paused() && (asked == null || asked.takes(this));
    }

    /**
     * Has nothing more read of what the peer sends, so that its TCP is pushed back; what has been
     * read already is still handed on. Its deadlines rest meanwhile. Any thread; never blocks.
     *
     * @param by who pauses, or why; a second pause by the same changes nothing
     */
    public void pauseReading(Object by) {
        reading.pause(by);
    }

    /** Takes a pause back; reading goes on when nobody else has paused it. */
    public void resumeReading(Object by) {
        reading.resume(by);
    }

    /** Whether somebody has paused it. */
    public boolean paused() {
        return reading.paused();
    }

    /** Closes it from now on when no byte went either way for so long; zero is never. */
    public void idleTimeout(Duration timeout) {
        idleTimeout = timeout;
    }

    /**
     * Sends these frames now, or keeps them in order, or refuses them; never blocks.
     *
     * @param view {@link Frames#view} of these frames, used by this thread only; its position is
     *     the same afterwards
     * @return true when the kernel took every byte at once, and no receipt was or will be called;
     *     false when the receipts tell what became of each delivery
     */
    public boolean offer(Frames frames, ByteBuffer view) {
        return outbox.offer(frames, view);
    }

    /**
     * Notes the {@link System#nanoTime} at which the bytes that are processed next were received.
     * Called by the connection's thread, as are {@link #arrival} and {@link #received}.
     */
    public void arrived(long nanos) {
        arrivals.at(nanos);
    }

    /** When what is being handed on came. */
    public long arrival() {
        return arrivals.last();
    }

    /** Counts what has arrived. */
    public void received(int messages, int bytes) {
        arrivals.add(messages, bytes);
        listener.counters().received(messages, bytes);
    }

    /** The socket takes bytes again. Called on the connection's own thread. */
    public void writable() {
        outbox.writable();
    }

    /**
     * Closes in good order: what is queued is flushed, then the farewell, then the stream ends.
     *
     * @param detail for people, in the log and in {@code /peers}
     * @param farewell encoded, framing included
     * @param flush how long that may take; what is left then is failed
     */
    public void close(
            CloseReason reason,
            @Nullable String detail,
            byte @Nullable [] farewell,
            Duration flush) {
        long deadline = System.nanoTime() + flush.toNanos();
        synchronized (this) {
            if (ending != null) {
                return;
            }
            ending = new Ending(reason, detail, deadline);
        }
        outbox.drain(farewell == null ? null : Frames.of(farewell, 1, Receipt.NONE));
    }

    /** Tells the peer why, as one line in its framing where that can carry it, and closes. */
    public void closeWithError(CloseReason reason, String detail) {
        byte[] line = listener.errorLine(reason.word(), detail);
        close(reason, detail, line, FLUSH_BEFORE_ERROR_CLOSE);
    }

    /** Closes a peer that came with a name which another one keeps. */
    public void refuse(Naming.Taken taken, String name) {
        closeWithError(
                CloseReason.DUPLICATE_NAME, "'" + name + "' is connected, as " + taken.by().id());
    }

    /** Sends a frame without a receipt. */
    public void say(byte[] frame) {
        Frames frames = Frames.of(frame, 1, Receipt.NONE);
        offer(frames, frames.view());
    }

    /**
     * Closes as {@link #close} does. Returns a new stage that completes when the session is closed,
     * for any reason.
     */
    public CompletableFuture<Peer> closeLater(
            CloseReason reason,
            @Nullable String detail,
            byte @Nullable [] farewell,
            Duration flush) {
        close(reason, detail, farewell, flush);
        return settle(reason, detail).ended().copy();
    }

    /** The peer ended its stream: nothing more comes from it, and what waits for it fails. */
    public void peerClosed() {
        end(settle(CloseReason.PEER_CLOSED, null), true);
    }

    /** Closes at once; what is queued, here and in the kernel, is lost and told as failed. */
    public void abort(CloseReason reason, @Nullable String detail) {
        end(settle(reason, detail), false);
    }

    /** Reading or writing failed: by the network's fault, or where it is no I/O error, by ours. */
    public void broken(Throwable cause) {
        if (cause instanceof IOException) {
            abort(CloseReason.RESET, cause.getMessage());
        } else {
            log.error("peer {} is closed after", id, cause);
            abort(CloseReason.INTERNAL_ERROR, cause.toString());
        }
    }

    /** The outbox has flushed everything after {@link #close}. */
    void drained() {
        end(settle(CloseReason.KICKED, null), true);
    }

    /** Enforces the deadlines at {@link System#nanoTime} {@code now}. The sweeper calls it. */
    public void sweep(long now) {
        Ending current = ending();
        if (current == null) {
            Deadlines.enforce(this, registry.limits().writeDeadline(), now);
        } else if (current.isOverdue(now)) {
            end(current, false);
        }
    }

    /** The ending that counts: the first one that anybody gave. */
    private synchronized Ending settle(CloseReason reason, @Nullable String detail) {
        if (ending == null) {
            ending = new Ending(reason, detail, System.nanoTime());
        }
        return ending;
    }

    /** Ends the session; {@code orderly} ends the stream after the written bytes, not at once. */
    private void end(Ending settled, boolean orderly) {
        if (!settled.complete()) {
            return;
        }
        reading.end();
        outbox.close(settled.reason());
        Peer last = facts();
        if (orderly) {
            link.finish();
        } else {
            link.abort();
        }
        registry.closed(this, settled.reason(), last);
        settled.ended().complete(last);
    }

    /** Where the session is in its life. */
    public PeerState state() {
        Ending current = ending();
        return current == null ? PeerState.OPEN : current.state();
    }

    /** Why it ends or ended; empty while it is open. */
    public Optional<CloseReason> closeReason() {
        return Optional.ofNullable(ending()).map(Ending::reason);
    }

    @Override
    public long sentBytes() {
        return outbox.sent().bytes();
    }

    @Override
    public long receivedBytes() {
        return arrivals.bytes();
    }

    @Override
    public long queuedBytes() {
        return outbox.queued().bytes();
    }

    @Override
    public @Nullable Instant lastReceivedAt() {
        return arrivals.lastAt();
    }

    @Override
    public @Nullable Instant lastSentAt() {
        return sentBytes() == 0 ? null : WallClock.at(outbox.lastSent());
    }

    @Override
    public Instant lastActiveAt() {
        long now = System.nanoTime();
        return WallClock.at(now - nanosIdle(now));
    }

    /** For how long no byte went either way; for how long it is connected where none has. */
    long nanosIdle(long now) {
        boolean sent = outbox.sent().bytes() > 0;
        long sinceSent = sent ? now - outbox.lastSent() : Long.MAX_VALUE;
        return Math.min(nanosUp(now), Math.min(sinceSent, arrivals.nanosSince(now)));
    }

    long nanosUp(long now) {
        return now - connected;
    }

    /** The far end of the connection, whoever speaks for it. */
    public SocketAddress client() {
        return link.client();
    }

    @Override
    public Endpoint peername() {
        return link.peername();
    }

    @Override
    public Endpoint sockname() {
        return Endpoint.of(link.local());
    }

    @Override
    public String listenerName() {
        return listener.name();
    }

    @Override
    public String transportWord() {
        return listener.transport().word();
    }

    /** The IP address of {@link #client}; null where it has none. */
    public @Nullable InetAddress address() {
        return Endpoint.ip(link.client());
    }

    /** The facts as they are now. */
    public Peer facts() {
        return Peer.of(this);
    }

    Instant connectedAt() {
        return WallClock.at(connected);
    }

    /** Returns whether it connected after this {@link System#nanoTime}. */
    public boolean connectedAfter(long moment) {
        return connected - moment > 0;
    }

    Duration idleTimeout() {
        return idleTimeout;
    }

    synchronized @Nullable Ending ending() {
        return ending;
    }

    /** Returns the connection's end, for its addresses and the options of its socket. */
    public Link link() {
        return link;
    }

    Outbox outbox() {
        return outbox;
    }

    Reading reading() {
        return reading;
    }

    Arrivals arrivals() {
        return arrivals;
    }
}
