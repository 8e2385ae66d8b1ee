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
 * Combines the broadcasts to the same recipients. The broadcasts that arrive during a pass over the
 * peers wait and go out together in the next pass, with one write per peer. So every peer gets
 * concurrent broadcasts in the same order. Sender threads call it; one of them, the leader, makes
 * the pass for all.
 *
 * <pre>
 *            there is no leader         its pass ends, or throws
 *   arrives ──────────────▶ LEADS ─────────────────────────▶ DONE, FAILED
 *      │                      ▲ │                                  ▲
 *      │ there is a leader    │ └─ makes the first waiting ticket  │
 *      ▼                      │    the leader                      │
 *   WAITS ────────────────────┘                                    │
 *      └──────────── was part of the leader's pass ────────────────┘
 * </pre>
 *
 * <p>This object's monitor guards the queue and {@code leading}. A pass runs without the monitor,
 * so that a peer that connects or closes never waits for one. The leader writes the state of a
 * ticket; the ticket's own thread parks until it changes.
 */
final class Combiner {
    /**
     * The most bytes per peer that are combined into one pass: about as many as the kernel accepts
     * in one write. A larger message goes out in a pass of its own.
     */
    private static final int BATCH_BYTES = 256 * 1024;

    /** From this many peers on, a second thread walks half of them. */
    private static final int SPLIT_THRESHOLD = 2_000;

    private enum State {
        WAITS,
        LEADS,
        DONE,
        FAILED
    }

    /** One message and the thread that sends it. */
    private static final class Ticket {
        private final Batch.Message message;
        private final int size;
        private final Thread thread = Thread.currentThread();
        private volatile State state = State.WAITS;

        Ticket(Batch.Message message, int size) {
            this.message = message;
            this.size = size;
        }

        /**
         * Waits until the state changes. An interrupt does not end the wait, because the leader may
         * already be sending the message; the thread is interrupted again afterwards.
         */
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
    private final Recipients recipients;
    private final Queue<Ticket> waiting = new ArrayDeque<>();
    private boolean leading;

    Combiner(PeerRegistry registry, Recipients recipients) {
        this.registry = registry;
        this.recipients = recipients;
    }

    /**
     * Offers a message to every recipient. Blocks until the pass that contains it has ended.
     *
     * @param size the length of the payload before framing
     * @throws IllegalStateException if the pass of another thread that contained the message
     *     failed; some peers may have got the message
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
            throw new IllegalStateException(
                    "the pass that contained this broadcast failed: some peers may not have got it");
        }
    }

    private void lead(Ticket own) {
        List<Ticket> tickets = new ArrayList<>();
        tickets.add(own);
        State outcome = State.FAILED;
        try {
            gather(tickets);
            pass(new Batch(tickets.stream().map(each -> each.message).toList(), recipients));
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

    /** Adds waiting tickets to the leader's own, up to {@link #BATCH_BYTES}. */
    private synchronized void gather(List<Ticket> tickets) {
        int bytes = tickets.getFirst().size;
        for (Ticket next = waiting.peek();
                next != null && bytes + next.size <= BATCH_BYTES;
                next = waiting.peek()) {
            bytes += next.size;
            tickets.add(waiting.remove());
        }
    }

    /** Returns the ticket that leads next; null if none waits, and then there is no leader. */
    private synchronized @Nullable Ticket successor() {
        Ticket next = waiting.poll();
        leading = next != null;
        return next;
    }

    private void pass(Batch batch) {
        Collection<PeerSession> candidates = recipients.candidates(registry);
        Spliterator<PeerSession> sessions = candidates.spliterator();
        Spliterator<PeerSession> half =
                Runtime.getRuntime().availableProcessors() > 1
                                && candidates.size() >= SPLIT_THRESHOLD
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
