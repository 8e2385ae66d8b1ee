package io.switchboard.transport.tls;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.switchboard.fatal.FatalErrors;
import io.switchboard.transport.stream.ConnectionSetup;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Queue;
import java.util.SequencedSet;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * The threads on which the TLS handshakes of all listeners run: one for every two processors. They
 * are platform threads, because a handshake computes for milliseconds and HTTP needs the carriers
 * of the virtual threads. A connection has one task here at most, and only while the client has
 * sent something that must be processed.
 *
 * <p>When {@link #MAX_WAITING} tasks wait, the TLS listeners stop accepting, until half of them are
 * left. The kernel then keeps new connections in its backlog. Connections that were accepted before
 * may still add tasks: their number is bounded by {@code max-connections}, and their time by {@code
 * handshake-deadline}.
 *
 * <pre>
 *   accepting ── MAX_WAITING tasks wait ──▶ full ── half of them wait ──▶ accepting
 * </pre>
 *
 * <p>Handshakes that have begun do not wait behind those that have not, because their clients have
 * already waited: up to {@link #BEGUN_IN_A_ROW} of their tasks run before one of a new handshake.
 * New handshakes therefore never wait for begun ones alone, whatever their clients send.
 *
 * <p>Handshakes that wait for their clients are bounded too, because each of them takes memory: by
 * a sixteenth of the heap. Beyond it, the one that began first is ended.
 *
 * <p>Thread-safe: {@link #lock} guards all mutable fields.
 */
@Component
public final class HandshakeExecutor implements DisposableBean {

    /** At 2 ms each, so many handshakes take a fraction of the default deadline. */
    static final int MAX_WAITING = 128;

    /** The engine of a handshake that waits for its client takes 12 KB of heap. */
    private static final int UNFINISHED_BYTES = 16 * 1024;

    private static final int LEAST_UNFINISHED = 1_000;

    private static final int BEGUN_IN_A_ROW = 4;

    private static final Logger log = LoggerFactory.getLogger(HandshakeExecutor.class);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition taskAdded = lock.newCondition();
    private final Condition roomFree = lock.newCondition();
    private final Queue<Runnable> begun = new ArrayDeque<>();
    private final Queue<Runnable> first = new ArrayDeque<>();

    /** Connections whose handshakes are incomplete, the one that began first in front. */
    private final SequencedSet<ConnectionSetup> unfinished = new LinkedHashSet<>();

    private final int maxThreads;
    private final long maxUnfinished;
    private int threads;
    private int begunInARow;
    private boolean full;
    private boolean stopped;

    @Autowired
    HandshakeExecutor(MeterRegistry meters) {
        this(
                meters,
                Math.max(1, Runtime.getRuntime().availableProcessors() / 2),
                Math.max(
                        LEAST_UNFINISHED,
                        Runtime.getRuntime().maxMemory() / 16 / UNFINISHED_BYTES));
    }

    /**
     * Creates an executor without threads; each of the first tasks starts one.
     *
     * @param maxUnfinished the most handshakes that may be incomplete
     */
    HandshakeExecutor(MeterRegistry meters, int maxThreads, long maxUnfinished) {
        this.maxThreads = maxThreads;
        this.maxUnfinished = maxUnfinished;
        Gauge.builder("switchboard.tls.handshakes.waiting", this, HandshakeExecutor::waiting)
                .description("TLS handshakes that wait for a thread, over all listeners")
                .register(meters);
    }

    /** Returns how many tasks wait for a thread. */
    int waiting() {
        lock.lock();
        try {
            return begun.size() + first.size();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Runs the task on a thread of this executor. Never blocks. The task must check itself whether
     * it is still needed, because its client may have disconnected while it waited.
     *
     * @param continued whether the handshake has begun with an earlier task
     */
    void execute(Runnable task, boolean continued) {
        lock.lock();
        try {
            (continued ? begun : first).add(task);
            full |= begun.size() + first.size() >= MAX_WAITING;
            if (threads < maxThreads) {
                threads++;
                Thread.ofPlatform().name("tls-" + threads).daemon().start(this::run);
            }
            taskAdded.signal();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Blocks while too many handshakes wait, for the threads that accept connections.
     *
     * @param wanted whether the caller still waits; asked again after each {@link #wake}
     */
    public void awaitRoom(BooleanSupplier wanted) {
        lock.lock();
        try {
            while (full && !stopped && wanted.getAsBoolean()) {
                roomFree.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Makes each thread in {@link #awaitRoom} ask again whether it still waits. */
    public void wake() {
        lock.lock();
        try {
            roomFree.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Records that a connection keeps memory for an incomplete handshake. If there are too many
     * such connections, the oldest of them is closed. The caller must call {@link #ended}; repeated
     * calls for the same connection have no effect.
     */
    void began(ConnectionSetup setup) {
        ConnectionSetup oldest = null;
        lock.lock();
        try {
            unfinished.add(setup);
            if (unfinished.size() > maxUnfinished) {
                oldest = unfinished.removeFirst();
            }
        } finally {
            lock.unlock();
        }
        if (oldest != null) {
            oldest.abandon(maxUnfinished + " later TLS handshakes are incomplete");
        }
    }

    /** Records that the handshake of a connection is complete or has failed. */
    void ended(ConnectionSetup setup) {
        lock.lock();
        try {
            unfinished.remove(setup);
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        for (Runnable task = take(); task != null; task = take()) {
            try {
                task.run();
            } catch (RuntimeException | Error e) {
                FatalErrors.check(e);
                log.error("a thread for TLS handshakes continues after an error", e);
            }
        }
    }

    /** Waits for the next task; returns null after {@link #destroy}. */
    private @Nullable Runnable take() {
        lock.lock();
        try {
            while (begun.isEmpty() && first.isEmpty() && !stopped) {
                taskAdded.awaitUninterruptibly();
            }
            if (stopped) {
                return null;
            }
            boolean takesBegun =
                    first.isEmpty() || (!begun.isEmpty() && begunInARow < BEGUN_IN_A_ROW);
            begunInARow = takesBegun ? begunInARow + 1 : 0;
            Runnable task = Objects.requireNonNull((takesBegun ? begun : first).poll());
            if (full && begun.size() + first.size() <= MAX_WAITING / 2) {
                full = false;
                roomFree.signalAll();
            }
            return task;
        } finally {
            lock.unlock();
        }
    }

    /** Ends the threads. Tasks that wait are dropped; the event loops end as well. */
    @Override
    public void destroy() {
        lock.lock();
        try {
            stopped = true;
            taskAdded.signalAll();
            roomFree.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
