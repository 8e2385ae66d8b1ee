package io.switchboard.peer.dial;

import io.switchboard.net.SocketError;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.PeerSnapshot;
import io.switchboard.peer.Reach;
import io.switchboard.peer.dial.Dialler.ConnectRequest;
import io.switchboard.peer.dial.Dialler.ConnectResult;
import io.switchboard.peer.dial.KeptConnections.KeptConnection;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Maintains one kept connection, on its own virtual thread.
 *
 * <pre>
 *   CONNECTING ── connected ──▶ CONNECTED ── closed for other reasons ──▶ WAITING
 *     │    ▲                        │                                      │  ▲
 *     │    └────────────────────────┼──────────── pause is over ───────────┘  │
 *     │                             ▼                                         │
 *     │            closed by an operator or shutdown: the thread ends         │
 *     └────────────────────────── failed ─────────────────────────────────────┘
 * </pre>
 *
 * <p>The pause before an attempt is one second at first and doubles after each further failure, up
 * to one minute. A random part of up to one half is subtracted, so that many reconnectors do not
 * connect at the same time. After a connection that lasted for ten seconds, the pause is one second
 * again. This object's monitor guards {@code request} and the fields after it.
 *
 * <p>Each attempt is one by the client that has requested the connection, at the listener as it is
 * then: if that client {@link ConnectRequest#outOfReach could not} connect now, the attempt fails.
 */
final class Reconnector implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(Reconnector.class);
    private static final long MIN_PAUSE = TimeUnit.SECONDS.toNanos(1);
    private static final long MAX_PAUSE = TimeUnit.MINUTES.toNanos(1);
    private static final long STABLE = TimeUnit.SECONDS.toNanos(10);

    private final long id;
    private final KeptConnections owner;
    private final Instant since = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    private final Thread thread;
    private ConnectRequest request;
    private KeptConnection.State state = KeptConnection.State.CONNECTING;
    private @Nullable PeerSession session;
    private long connects;
    private @Nullable Instant nextAttempt;
    private @Nullable SocketError lastError;
    private boolean ended;

    /** {@code connected} is the first connection; null if it is not established yet. */
    Reconnector(
            long id,
            ConnectRequest request,
            @Nullable PeerSession connected,
            KeptConnections owner) {
        this.id = id;
        this.request = request;
        this.owner = owner;
        this.thread = Thread.ofVirtual().name("reconnector-" + id).unstarted(this);
        if (connected != null) {
            setConnected(connected);
        }
    }

    void start() {
        thread.start();
    }

    /** Ends reconnecting; a connected peer stays. Idempotent. */
    void end() {
        synchronized (this) {
            ended = true;
        }
        thread.interrupt();
    }

    synchronized KeptConnection facts() {
        PeerSession current = session;
        return facts(current, current == null ? request.name() : current.name());
    }

    /**
     * Returns the facts if its peer is in reach, or without a peer, if the next one will be. The
     * peer may be given another name and other groups meanwhile, so that both are read together.
     * The name that the last peer had when it was out of reach is not shown, unless the next one,
     * which is in reach, will have it too.
     */
    synchronized Optional<KeptConnection> facts(Reach reach, PeerRegistry registry) {
        PeerSession current = session;
        String listener = request.listener().name();
        if (current != null) {
            return current.identity(
                    (name, groups) ->
                            reach.includes(listener, groups)
                                    ? Optional.of(facts(current, name))
                                    : Optional.empty());
        }
        Listener present = owner.present(request.listener());
        Set<String> groups = registry.groupsOf(present, request.name());
        groups.addAll(request.groups());
        if (!reach.includes(listener, groups)) {
            return Optional.empty();
        }
        boolean opens = reach.includesAll() || request.outOfReach(present, registry).isEmpty();
        return Optional.of(facts(null, opens ? request.name() : null));
    }

    private synchronized KeptConnection facts(
            @Nullable PeerSession current, @Nullable String name) {
        return new KeptConnection(
                id,
                request.host(),
                request.port(),
                request.listener().name(),
                name,
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
            long pause = MIN_PAUSE;
            while (isActive()) {
                PeerSession current = session();
                if (current == null) {
                    current = dial();
                }
                long start = System.nanoTime();
                if (current != null && !awaitClose(current)) {
                    return;
                }
                boolean stable = current != null && System.nanoTime() - start >= STABLE;
                pause = stable ? MIN_PAUSE : pause;
                await(pause);
                pause = Math.min(2 * pause, MAX_PAUSE);
            }
        } catch (InterruptedException e) {
            log.trace("kept connection {} was ended", id);
        } finally {
            owner.remove(id);
        }
    }

    private synchronized boolean isActive() {
        return !ended;
    }

    private synchronized @Nullable PeerSession session() {
        return session;
    }

    private @Nullable PeerSession dial() throws InterruptedException {
        ConnectRequest next;
        synchronized (this) {
            state = KeptConnection.State.CONNECTING;
            nextAttempt = null;
            request = request.at(owner.present(request.listener()));
            next = request;
        }
        switch (owner.dial(next)) {
            case ConnectResult.Connected(PeerSession opened) -> {
                setConnected(opened);
                return opened;
            }
            case ConnectResult.Failed(SocketError error) -> failed(error);
            case ConnectResult.Forbidden forbidden -> failed("EACCES", forbidden.detail(next));
            case ConnectResult.BadBundle(String detail) -> failed("EINVAL", detail);
            case ConnectResult.Full(String detail) -> failed("EAGAIN", detail);
            case ConnectResult.NameTaken(var by) ->
                    failed(
                            "EEXIST",
                            "another peer has the name '%s'%s"
                                    .formatted(
                                            next.name(),
                                            by == null
                                                    ? ", or a node of the cluster has not answered"
                                                    : ""));
            case ConnectResult.OutOfReach why -> failed("EACCES", detail(why));
            case ConnectResult.Stopping _ -> end();
        }
        return null;
    }

    private static String detail(ConnectResult.OutOfReach why) {
        return switch (why) {
            case NO_GROUP ->
                    "the peer would be in no group that the client which keeps the connection reaches";
            case OTHER_GROUP ->
                    "the peer would also be in a group that the client which keeps the connection does not reach";
        };
    }

    private synchronized void setConnected(PeerSession opened) {
        session = opened;
        state = KeptConnection.State.CONNECTED;
        connects++;
        lastError = null;
    }

    private void failed(String code, String message) {
        failed(new SocketError(0, code, message));
    }

    private synchronized void failed(SocketError error) {
        lastError = error;
    }

    /** Waits for the close of a connection. Returns whether to reconnect after it. */
    private boolean awaitClose(PeerSession current) throws InterruptedException {
        PeerSnapshot last;
        try {
            last = owner.whenClosed(current).get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("waiting for the close of peer " + current.id(), e);
        }
        synchronized (this) {
            session = null;
            request = request.as(last.name(), ownGroups(request, current, last));
        }
        return last.closeReason() != CloseReason.KICKED
                && last.closeReason() != CloseReason.SHUTTING_DOWN;
    }

    /**
     * Returns the groups of a closed peer without those of its listener, which may have others when
     * the next peer joins them.
     */
    private static List<String> ownGroups(
            ConnectRequest request, PeerSession closed, PeerSnapshot last) {
        Set<String> groups = new TreeSet<>(last.groups());
        request.listener().identification().groups().forEach(groups::remove);
        closed.listener().identification().groups().forEach(groups::remove);
        return List.copyOf(groups);
    }

    private void await(long pause) throws InterruptedException {
        long nanos = pause / 2 + ThreadLocalRandom.current().nextLong(pause / 2);
        synchronized (this) {
            state = KeptConnection.State.WAITING;
            nextAttempt = Instant.now().plusNanos(nanos).truncatedTo(ChronoUnit.MILLIS);
        }
        Thread.sleep(Duration.ofNanos(nanos));
    }
}
