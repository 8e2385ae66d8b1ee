package io.switchboard.delivery;

import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.Spliterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Broadcasts to one target, combined: what arrives while a pass over the peers is under way goes
 * out in the next pass, all of it with one write a peer. So every peer sees concurrent broadcasts
 * in the same order.
 *
 * <pre>
 *            nobody leads               its pass is over, or broke off
 *   arrives ──────────────▶ LEADS ─────────────────────────▶ DONE, FAILED
 *      │                      ▲ │                                  ▲
 *      │ somebody leads       │ └─ hands leadership to the first   │
 *      ▼                      │    that waits                      │
 *   WAITS ────────────────────┘                                    │
 *      └──────────── was part of a leader's pass ──────────────────┘
 * </pre>
 *
 * <p>The monitor guards the queue and {@code leading}; a pass runs without it, and a connect or a
 * close never waits for it. A ticket's state is written by the leader and read by its own thread,
 * which parks meanwhile.
 */
final class Combiner {
    /** One pass takes at most about this many bytes a peer: what the kernel takes at once. */
    private static final int BATCH_BYTES = 256 * 1024;

    /** From this many peers on, a pass is worth a second thread. */
    private static final int SPLIT_FROM = 2_000;

    private enum State {
        WAITS,
        LEADS,
        DONE,
        FAILED
    }

    private static final class Ticket {
        private final Batch.Message message;
        private final int size;
        private final Thread thread = Thread.currentThread();
        private volatile State state = State.WAITS;

        Ticket(Batch.Message message, int size) {
            this.message = message;
            this.size = size;
        }

        /** An interrupt is kept for later: the payload is in another thread's hands. */
        void await() {
            boolean interrupted = false;
            while (state == State.WAITS) {
                LockSupport.park(this);
                interrupted |= Thread.interrupted();
            }
            if (interrupted) {
                thread.interrupt();
            }
        }

        void become(State next) {
            state = next;
            LockSupport.unpark(thread);
        }
    }

    private final PeerRegistry registry;
    private final Target target;
    private final Queue<Ticket> waiting = new ArrayDeque<>();
    private boolean leading;

    Combiner(PeerRegistry registry, Target target) {
        this.registry = registry;
        this.target = target;
    }

    /**
     * Offers a message to every peer of the target; returns when the pass that took it is over.
     *
     * @param size unframed bytes
     */
    void send(Batch.Message message, int size) {
        Ticket ticket = new Ticket(message, size);
        synchronized (this) {
            if (leading) {
                waiting.add(ticket);
            } else {
                leading = true;
                ticket.state = State.LEADS;
            }
        }
        ticket.await();
        if (ticket.state == State.LEADS) {
            lead(ticket);
        } else if (ticket.state == State.FAILED) {
            throw new IllegalStateException("the broadcast that carried this one broke off");
        }
    }

    private void lead(Ticket own) {
        List<Ticket> tickets = new ArrayList<>();
        tickets.add(own);
        State outcome = State.FAILED;
        try {
            gather(tickets);
            pass(new Batch(tickets.stream().map(each -> each.message).toList(), target));
            outcome = State.DONE;
        } finally {
            Ticket successor = successor();
            if (successor != null) {
                successor.become(State.LEADS);
            }
            for (Ticket each : tickets) {
                each.become(outcome);
            }
        }
    }

    /** Adds what waits to the leader's own ticket, as far as one pass takes it. */
    private synchronized void gather(List<Ticket> tickets) {
        int bytes = tickets.getFirst().size;
        for (Ticket next = waiting.peek();
                next != null && bytes + next.size <= BATCH_BYTES;
                next = waiting.peek()) {
            bytes += next.size;
            tickets.add(waiting.remove());
        }
    }

    private synchronized @Nullable Ticket successor() {
        Ticket next = waiting.poll();
        leading = next != null;
        return next;
    }

    private void pass(Batch batch) {
        Collection<PeerSession> meant = target.among(registry);
        Spliterator<PeerSession> sessions = meant.spliterator();
        Spliterator<PeerSession> half =
                Runtime.getRuntime().availableProcessors() > 1 && meant.size() >= SPLIT_FROM
                        ? sessions.trySplit()
                        : null;
        if (half == null) {
            batch.walk(sessions);
            return;
        }
        CompletableFuture<Void> helper =
                CompletableFuture.runAsync(() -> batch.walk(half), Thread::startVirtualThread);
        try {
            batch.walk(sessions);
        } finally {
            helper.join();
        }
    }
}
