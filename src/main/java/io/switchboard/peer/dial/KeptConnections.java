package io.switchboard.peer.dial;

import io.switchboard.net.SocketError;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.PeerId;
import io.switchboard.peer.PeerObserver;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.PeerSnapshot;
import io.switchboard.peer.PeerSnapshot.PeerState;
import io.switchboard.peer.Reach;
import io.switchboard.peer.dial.Dialler.ConnectRequest;
import io.switchboard.peer.dial.Dialler.ConnectResult;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * The kept connections: outbound connections that are opened again whenever they end. When the
 * service stops, reconnecting ends before the connections are drained and closed. Thread-safe.
 *
 * <p>Race: a session closes while a reconnector begins to wait for its close. The reconnector adds
 * its future to {@code closings} and then checks the state of the session. The session becomes
 * CLOSED and then completes the future in {@code closings}. So the future is always completed.
 */
@Component
public final class KeptConnections implements PeerObserver, SmartLifecycle {
    /**
     * A snapshot of one kept connection.
     *
     * @param id the id of the kept connection; each new connection is a peer with its own id
     * @param name the current or last name of the peer; null for none
     * @param peer the connected peer; null while there is none
     * @param since when the kept connection was created
     * @param connects the number of successful connection attempts
     * @param nextAttemptAt the time of the next attempt; null unless the state is WAITING
     * @param lastError the error of the last attempt; null if it succeeded
     */
    public record KeptConnection(
            long id,
            String host,
            int port,
            String listener,
            @Nullable String name,
            State state,
            @Nullable PeerId peer,
            Instant since,
            long connects,
            @Nullable Instant nextAttemptAt,
            @Nullable SocketError lastError) {

        /** The state of a kept connection; {@link Reconnector} contains the diagram. */
        public enum State {
            CONNECTING,
            CONNECTED,
            WAITING;

            public String word() {
                return name().toLowerCase(Locale.ROOT);
            }
        }
    }

    /** The maximum number of kept connections. */
    public static final int MAX_CONNECTIONS = 1_000;

    private final Dialler dialler;
    private final PeerRegistry registry;
    private final Listeners listeners;
    private final Map<Long, Reconnector> reconnectors = new ConcurrentSkipListMap<>();
    private final Map<PeerId, CompletableFuture<PeerSnapshot>> closings = new ConcurrentHashMap<>();
    private final AtomicLong lastId = new AtomicLong();
    private volatile boolean running;

    public KeptConnections(Dialler dialler, PeerRegistry registry, Listeners listeners) {
        this.dialler = dialler;
        this.registry = registry;
        this.listeners = listeners;
        registry.observe(this);
    }

    /**
     * Adds a kept connection. Returns empty if there are already {@link #MAX_CONNECTIONS} or if the
     * service is stopping.
     *
     * @param connected the first connection; null if it is not established yet
     */
    public Optional<KeptConnection> keep(ConnectRequest request, @Nullable PeerSession connected) {
        if (!running || reconnectors.size() >= MAX_CONNECTIONS) {
            return Optional.empty();
        }
        long id = lastId.incrementAndGet();
        Reconnector reconnector = new Reconnector(id, request, connected, this);
        reconnectors.put(id, reconnector);
        reconnector.start();
        return Optional.of(reconnector.facts());
    }

    /** Returns all kept connections in reach, oldest first. */
    public List<KeptConnection> all(Reach reach) {
        return reconnectors.values().stream()
                .flatMap(each -> each.facts(reach, registry).stream())
                .toList();
    }

    /**
     * Ends a kept connection: the service no longer reconnects, but a connected peer stays. Returns
     * false if there is no kept connection in reach with this id.
     */
    public boolean end(long id, Reach reach) {
        Reconnector reconnector = reconnectors.get(id);
        if (reconnector == null || reconnector.facts(reach, registry).isEmpty()) {
            return false;
        }
        reconnector.end();
        return true;
    }

    /** Returns a listener as it is now, if it has been changed; not another one with its name. */
    Listener present(Listener listener) {
        return listeners
                .find(listener.name())
                .filter(each -> each.socket() == listener.socket())
                .orElse(listener);
    }

    /**
     * Connects, if the client that has requested the connection could do so now. The groups of the
     * listener may have changed since, and somebody may have changed the name and the groups of the
     * last peer.
     */
    ConnectResult dial(ConnectRequest request) throws InterruptedException {
        Optional<ConnectResult.OutOfReach> refused =
                request.outOfReach(request.listener(), registry);
        return refused.isPresent() ? refused.get() : dialler.dial(request);
    }

    void remove(long id) {
        reconnectors.remove(id);
    }

    /** Returns a future that completes with the last snapshot when the session is closed. */
    CompletableFuture<PeerSnapshot> whenClosed(PeerSession session) {
        CompletableFuture<PeerSnapshot> closing =
                Objects.requireNonNull(
                        closings.computeIfAbsent(session.id(), _ -> new CompletableFuture<>()));
        if (session.state() == PeerState.CLOSED) {
            closed(session, session.snapshot());
        }
        return closing;
    }

    @Override
    public void closed(PeerSession session, PeerSnapshot last) {
        CompletableFuture<PeerSnapshot> closing = closings.remove(session.id());
        if (closing != null) {
            closing.complete(last);
        }
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop() {
        running = false;
        reconnectors.values().forEach(Reconnector::end);
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
