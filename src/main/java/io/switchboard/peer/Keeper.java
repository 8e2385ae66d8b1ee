package io.switchboard.peer;

import io.switchboard.peer.Dialler.Call;
import io.switchboard.peer.Dialler.Dialled;
import io.switchboard.peer.KeptCalls.KeptCall;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one far end connected, on a virtual thread of its own.
 *
 * <pre>
 *   CONNECTING ── connected ──▶ CONNECTED ── closed, but by an operator ──▶ WAITING
 *     │    ▲                        │                                        │  ▲
 *     │    └────────────────────────┼──────── its time has come ─────────────┘  │
 *     │                             ▼                                           │
 *     │                    closed by an operator: over                          │
 *     └────────────────────────── failed ───────────────────────────────────────┘
 * </pre>
 *
 * <p>It waits a second after the first failure and twice as long after each further one, up to a
 * minute, a random half of that off, so that many do not come at once. A connection that held for
 * ten seconds makes it begin anew. This object's monitor guards the state and what goes with it.
 */
final class Keeper implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(Keeper.class);
    private static final long SHORTEST = TimeUnit.SECONDS.toNanos(1);
    private static final long LONGEST = TimeUnit.MINUTES.toNanos(1);
    private static final long HELD = TimeUnit.SECONDS.toNanos(10);

    private final long id;
    private final KeptCalls owner;
    private final Instant since = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    private final Thread thread;
    private Call call;
    private KeptCall.State state = KeptCall.State.CONNECTING;
    private @Nullable PeerSession session;
    private long connects;
    private @Nullable Instant nextAttempt;
    private @Nullable SocketError lastError;
    private boolean ended;

    /** {@code connected}: the first connection, if there is one. */
    Keeper(long id, Call call, @Nullable PeerSession connected, KeptCalls owner) {
        this.id = id;
        this.call = call;
        this.owner = owner;
        this.thread = Thread.ofVirtual().name("keeper-" + id).unstarted(this);
        if (connected != null) {
            became(connected);
        }
    }

    void start() {
        thread.start();
    }

    /** Keeps it no longer; what is connected stays. Idempotent. */
    void end() {
        synchronized (this) {
            ended = true;
        }
        thread.interrupt();
    }

    synchronized KeptCall facts() {
        PeerSession current = session;
        return new KeptCall(
                id,
                call.host(),
                call.port(),
                call.listener().name(),
                current == null ? call.name() : current.name(),
                state,
                current == null ? null : current.id(),
                since,
                connects,
                nextAttempt,
                lastError);
    }

    @Override
    public void run() {
        try {
            long pause = SHORTEST;
            while (goesOn()) {
                PeerSession current = connected();
                if (current == null) {
                    current = dial();
                }
                long start = System.nanoTime();
                if (current != null && !outlives(current)) {
                    return;
                }
                boolean held = current != null && System.nanoTime() - start >= HELD;
                pause = held ? SHORTEST : pause;
                await(pause);
                pause = Math.min(2 * pause, LONGEST);
            }
        } catch (InterruptedException e) {
            log.trace("call {} is kept no longer", id);
        } finally {
            owner.remove(id);
        }
    }

    private synchronized boolean goesOn() {
        return !ended;
    }

    private synchronized @Nullable PeerSession connected() {
        return session;
    }

    private @Nullable PeerSession dial() throws InterruptedException {
        Call next;
        synchronized (this) {
            state = KeptCall.State.CONNECTING;
            nextAttempt = null;
            next = call;
        }
        switch (owner.dialler().dial(next)) {
            case Dialled.Connected(PeerSession opened) -> {
                became(opened);
                return opened;
            }
            case Dialled.Failed(SocketError error) -> failed(error);
            case Dialled.Forbidden(var address) ->
                    failed("EACCES", address + " is not allowed any more");
            case Dialled.Full(String sentence) -> failed("EAGAIN", sentence);
            case Dialled.NameTaken(PeerSession by) ->
                    failed("EEXIST", "'" + next.name() + "' is that of " + by.id());
            case Dialled.Stopping _ -> end();
        }
        return null;
    }

    private synchronized void became(PeerSession opened) {
        session = opened;
        state = KeptCall.State.CONNECTED;
        connects++;
        lastError = null;
    }

    private void failed(String code, String message) {
        failed(new SocketError(0, code, message));
    }

    private synchronized void failed(SocketError error) {
        lastError = error;
    }

    /** Waits for the end of a connection; false where that ends the keeping too. */
    private boolean outlives(PeerSession current) throws InterruptedException {
        Peer last;
        try {
            last = owner.ended(current).get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the end of " + current.id(), e);
        }
        synchronized (this) {
            session = null;
            call =
                    new Call(
                            call.host(),
                            call.port(),
                            call.listener(),
                            last.name(),
                            last.groups(),
                            call.timeout());
        }
        return last.closeReason() != CloseReason.KICKED
                && last.closeReason() != CloseReason.SHUTTING_DOWN;
    }

    private void await(long pause) throws InterruptedException {
        long nanos = pause / 2 + ThreadLocalRandom.current().nextLong(pause / 2);
        synchronized (this) {
            state = KeptCall.State.WAITING;
            nextAttempt = Instant.now().plusNanos(nanos).truncatedTo(ChronoUnit.MILLIS);
        }
        Thread.sleep(Duration.ofNanos(nanos));
    }
}
