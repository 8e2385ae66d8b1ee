package io.switchboard.peer;

import io.switchboard.peer.Dialler.Call;
import io.switchboard.peer.Peer.PeerState;
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
 * The far ends that are kept connected. When the service is stopped they are kept no longer, before
 * the drain closes them. Thread-safe.
 *
 * <p>Race: a session ends while somebody comes to wait for its end. Who waits makes the promise
 * known, then looks at the session; the session is closed, then looks for promises.
 */
@Component
public final class KeptCalls implements PeerObserver, SmartLifecycle {
    /**
     * A call that is made again whenever its connection ends: the facts at one moment.
     *
     * @param id of the call, not of a peer: each connection is a peer of its own
     * @param name of the peer, as it was last; null without one
     * @param peer that is connected; null while there is none
     * @param connects how often it has connected
     * @param nextAttemptAt null unless it waits
     * @param lastError why the last attempt failed; null once one has not
     */
    public record KeptCall(
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

        /** Where it is. */
        public enum State {
            CONNECTING,
            CONNECTED,
            WAITING;

            public String word() {
                return name().toLowerCase(Locale.ROOT);
            }
        }
    }

    /** How many may be kept at a time. */
    public static final int MOST = 1_000;

    private final Dialler dialler;
    private final Map<Long, Keeper> keepers = new ConcurrentSkipListMap<>();
    private final Map<PeerId, CompletableFuture<Peer>> ends = new ConcurrentHashMap<>();
    private final AtomicLong lastId = new AtomicLong();
    private volatile boolean running;

    KeptCalls(Dialler dialler, PeerRegistry registry) {
        this.dialler = dialler;
        registry.observe(this);
    }

    /**
     * Keeps a far end connected; empty if {@link #MOST} are kept or the service is stopping. {@code
     * connected}: the first connection, if there is one.
     */
    public Optional<KeptCall> keep(Call call, @Nullable PeerSession connected) {
        if (!running || keepers.size() >= MOST) {
            return Optional.empty();
        }
        long id = lastId.incrementAndGet();
        Keeper keeper = new Keeper(id, call, connected, this);
        keepers.put(id, keeper);
        keeper.start();
        return Optional.of(keeper.facts());
    }

    /** All of them, the longest kept first. */
    public List<KeptCall> all() {
        return keepers.values().stream().map(Keeper::facts).toList();
    }

    /** Ends a kept call, not its connection; false if there is no call with this id. */
    public boolean end(long id) {
        Keeper keeper = keepers.get(id);
        if (keeper != null) {
            keeper.end();
        }
        return keeper != null;
    }

    Dialler dialler() {
        return dialler;
    }

    void remove(long id) {
        keepers.remove(id);
    }

    /** Completes with the last facts of this session, at once if it is closed already. */
    CompletableFuture<Peer> ended(PeerSession session) {
        CompletableFuture<Peer> end =
                Objects.requireNonNull(
                        ends.computeIfAbsent(session.id(), _ -> new CompletableFuture<>()));
        if (session.state() == PeerState.CLOSED) {
            closed(session, session.facts());
        }
        return end;
    }

    @Override
    public void closed(PeerSession session, Peer last) {
        CompletableFuture<Peer> end = ends.remove(session.id());
        if (end != null) {
            end.complete(last);
        }
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop() {
        running = false;
        keepers.values().forEach(Keeper::end);
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
