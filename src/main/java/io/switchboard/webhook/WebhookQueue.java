package io.switchboard.webhook;

import io.switchboard.events.Event;
import io.switchboard.events.EventPeer;
import io.switchboard.events.EventType;
import io.switchboard.net.Endpoint;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.ReadPause.ReadGate;
import io.switchboard.tracing.TraceContext;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/**
 * The events of one listener that wait for its webhook. The queue is bounded in events and bytes,
 * keeps the order of each peer's events, and serves the peers in turn. An operation takes O(1)
 * unless its description says otherwise.
 *
 * <p>The states of a peer's queue:
 *
 * <pre>
 *            add                next                done, none left
 *   EMPTY ─────────▶ READY ────────────▶ POSTING ──────────────────────▶ EMPTY
 *                      ▲                  │   │
 *                      │  done, some left │   │ backOff
 *                      ├──────────────────┘   ▼
 *                      └───────────────── BACKING_OFF
 *                             retry
 * </pre>
 *
 * <p>An event loop calls {@link PeerEventQueue#allowsRead} before each read from a peer. While the
 * queue is full, the call pauses reading from the peer, so the queue exceeds its bounds at most by
 * the messages of one read per event loop. Once half of the queue is free, each event that leaves
 * and each read that is allowed resumes the peer that has been paused longest. When the queue is
 * empty, all peers resume.
 *
 * <p>All queues share a {@link WebhookQueueBudget}. While it is full, a queue that has events is
 * full, and an empty one is not: it adds the next event, whatever the others have. Its peers then
 * resume one by one, because each of them makes the queue full for the others.
 *
 * <p>Of a durable webhook, the queue has the events that its {@link Backlog} has stored and placed
 * here. The backlog limits their number, and {@link Unstored} decides whether peers are read.
 *
 * <p>The events of stored messages have a queue for each name, which exists while it has events.
 *
 * <p>The monitor of this object guards all fields. It is held while a session pauses or resumes
 * reading, which never calls this class, and while the budget is told that this queue waits for its
 * turn. The turns of other queues ({@link WebhookQueueBudget#resumeNext()}) take their monitors, so
 * they follow after the monitor is released.
 */
final class WebhookQueue {
    /** The approximate memory of a queued event in bytes, without its payload. */
    private static final int OVERHEAD = 128;

    /**
     * The events of one peer, which are posted one after the other. The monitor of the {@link
     * WebhookQueue} guards the events and the state; only the worker that posts the first event
     * uses the attempts.
     */
    final class PeerEventQueue implements ReadGate {

        private enum State {
            /** There is no event. */
            EMPTY,
            /** The next free worker takes the first event. */
            READY,
            /** The first event is being posted. */
            POSTING,
            /** An attempt at the first event failed; another one follows later. */
            BACKING_OFF
        }

        private final Webhook webhook;
        private final @Nullable Endpoint peername;

        /** The name of the stored messages; null if the events are those of a peer. */
        private final @Nullable String name;

        private final @Nullable Backlogged backlogged;
        private final Deque<QueuedEvent> events = new ArrayDeque<>(2);
        private State state = State.EMPTY;

        /**
         * Null once the peer is closed, so that waiting events do not keep the session in memory.
         */
        private volatile @Nullable PeerSession session;

        private int attempts;
        private long firstAttempt;

        PeerEventQueue(Webhook webhook, PeerSession session, @Nullable Backlogged backlogged) {
            this.webhook = webhook;
            this.session = session;
            this.peername = session.peername();
            this.name = null;
            this.backlogged = backlogged;
        }

        private PeerEventQueue(Webhook webhook, String name) {
            this.webhook = webhook;
            this.peername = null;
            this.name = name;
            this.backlogged = null;
        }

        /** A queue of stored events without a session. */
        PeerEventQueue(Webhook webhook, Backlogged backlogged) {
            this.webhook = webhook;
            this.peername = null;
            this.name = null;
            this.backlogged = backlogged;
        }

        @Override
        public boolean allowsRead(PeerSession reader) {
            boolean allowed = WebhookQueue.this.allowsRead(this);
            if (allowed) {
                budget.resumeNext();
            }
            return allowed;
        }

        @Override
        public boolean owesAnswer() {
            if (!webhook.answers()) {
                return false;
            }
            if (backlogged != null) {
                return backlogged.undelivered() > 0;
            }
            synchronized (WebhookQueue.this) {
                return !closed && !events.isEmpty();
            }
        }

        Webhook webhook() {
            return webhook;
        }

        /** Returns the address of the peer; null if these are not the events of one peer. */
        @Nullable Endpoint peername() {
            return peername;
        }

        /** Returns what the backlog of a durable webhook knows of these events. */
        Backlogged backlogged() {
            if (backlogged == null) {
                throw new IllegalStateException("the webhook is not durable");
            }
            return backlogged;
        }

        @Nullable PeerSession session() {
            return session;
        }

        /** Counts an attempt at the first event and returns the number of earlier attempts. */
        int attempt(long now) {
            if (attempts == 0) {
                firstAttempt = now;
            }
            return attempts++;
        }

        /** Returns the {@link System#nanoTime} of the first attempt at the first event. */
        long firstAttempt() {
            return firstAttempt;
        }
    }

    /** The result of adding an event. */
    enum AddResult {
        /** The event is queued, and the caller has nothing to do. */
        QUEUED,
        /** The event is queued, and the caller has to start another worker. */
        NEEDS_WORKER,
        /** The event is lost, because the queue is full. */
        DROPPED,
        /** The event is not queued, because the queue takes no more events. */
        CLOSED
    }

    private final EventQueueSettings limits;
    private final @Nullable Unstored unstored;
    private final WebhookQueueBudget budget;
    private final int maxLifecycleEvents;
    private final boolean pausesReading;
    private final Deque<PeerEventQueue> ready = new ArrayDeque<>();
    private final SequencedSet<PeerEventQueue> backingOff = new LinkedHashSet<>();

    /** The queues of stored messages that have events, by name. */
    private final Map<String, PeerEventQueue> named = new HashMap<>();

    /** The peers whose reading this queue has paused, the longest paused first. */
    private final SequencedSet<PeerEventQueue> paused = new LinkedHashSet<>();

    private long lastSeq;
    private int events;
    private int inStore;
    private long bytes;
    private int workers;

    /** Whether the paused peers wait for a turn of the budget. */
    private boolean inTurn;

    /** Whether each new event is refused; those that are in the store are still taken. */
    private boolean refusing;

    private boolean closed;

    /**
     * @param peers the maximum number of connected peers; beyond its bound, the queue accepts a
     *     connected and a closed event of each
     * @param unstored what a durable webhook has not stored yet; null if the webhook is not durable
     */
    WebhookQueue(
            EventQueueSettings limits,
            int peers,
            @Nullable Unstored unstored,
            WebhookQueueBudget budget) {
        this.limits = limits;
        this.unstored = unstored;
        this.budget = budget;
        this.maxLifecycleEvents = limits.queue() + 2 * peers;
        this.pausesReading =
                limits.whenFull() == WebhookProperties.WhenFull.PAUSE_READING
                        && limits.events().contains(EventType.MESSAGE);
    }

    /**
     * Adds an event; see {@link Event} for the parameters. A full queue drops messages if it is
     * configured to, and accepts other events up to a higher bound.
     *
     * @param trace the trace of a message; null if there is none
     */
    synchronized AddResult add(
            PeerEventQueue peerQueue,
            EventType type,
            long nanos,
            EventPeer peer,
            byte @Nullable [] payload,
            boolean incomplete,
            @Nullable String reason,
            @Nullable TraceContext trace) {
        if (refusing) {
            return AddResult.CLOSED;
        }
        boolean full =
                type == EventType.MESSAGE
                        ? limits.whenFull() == WebhookProperties.WhenFull.DROP && full()
                        : events >= maxLifecycleEvents;
        if (full) {
            return AddResult.DROPPED;
        }
        return add(
                peerQueue,
                new QueuedEvent.InMemory(
                        new Event(++lastSeq, type, nanos, peer, payload, incomplete, reason, null),
                        trace));
    }

    /** Adds an event of a stored message, in the order of its name. */
    synchronized AddResult add(
            Webhook webhook, EventType type, @Nullable EventPeer peer, Event.Stored message) {
        if (refusing) {
            return AddResult.CLOSED;
        }
        if (events >= maxLifecycleEvents) {
            return AddResult.DROPPED;
        }
        Event event = Event.stored(++lastSeq, type, peer, message);
        return add(
                named.computeIfAbsent(message.name(), name -> new PeerEventQueue(webhook, name)),
                new QueuedEvent.InMemory(event, null));
    }

    /**
     * Adds an event that is in the store, whatever the limits. If the queue is closed, the event
     * stays in the store, and the caller has nothing to do.
     */
    synchronized AddResult add(PeerEventQueue peerQueue, QueuedEvent.InStore event) {
        return closed ? AddResult.QUEUED : add(peerQueue, (QueuedEvent) event);
    }

    private AddResult add(PeerEventQueue peerQueue, QueuedEvent event) {
        peerQueue.events.addLast(event);
        events++;
        inStore += event instanceof QueuedEvent.InStore ? 1 : 0;
        bytes += memory(event);
        budget.reserve(memory(event));
        return peerQueue.state == PeerEventQueue.State.EMPTY
                ? makeReady(peerQueue)
                : AddResult.QUEUED;
    }

    static int memory(QueuedEvent event) {
        return OVERHEAD + event.size();
    }

    private AddResult makeReady(PeerEventQueue peerQueue) {
        peerQueue.state = PeerEventQueue.State.READY;
        ready.addLast(peerQueue);
        if (workers == limits.parallel()) {
            return AddResult.QUEUED;
        }
        workers++;
        return AddResult.NEEDS_WORKER;
    }

    /** Returns the next peer queue to post from; null if there is none, which ends the worker. */
    synchronized @Nullable PeerEventQueue next() {
        PeerEventQueue peerQueue = ready.pollFirst();
        if (peerQueue == null) {
            workers--;
            return null;
        }
        peerQueue.state = PeerEventQueue.State.POSTING;
        return peerQueue;
    }

    /** Returns the first event of a peer queue; null if it has none. */
    synchronized @Nullable QueuedEvent first(PeerEventQueue peerQueue) {
        return peerQueue.events.peekFirst();
    }

    /**
     * Removes the event that was being posted. The worker continues with {@link #next}.
     *
     * @return false if {@link #close} has already removed the event
     */
    boolean done(PeerEventQueue peerQueue) {
        boolean removed = remove(peerQueue);
        budget.resumeNext();
        return removed;
    }

    private synchronized boolean remove(PeerEventQueue peerQueue) {
        if (closed) {
            peerQueue.events.clear();
        }
        QueuedEvent event = peerQueue.events.pollFirst();
        if (event == null) {
            return false;
        }
        peerQueue.attempts = 0;
        events--;
        inStore -= event instanceof QueuedEvent.InStore ? 1 : 0;
        bytes -= memory(event);
        budget.release(memory(event));
        if (peerQueue.events.isEmpty()) {
            peerQueue.state = PeerEventQueue.State.EMPTY;
            if (peerQueue.name != null) {
                named.remove(peerQueue.name);
            }
        } else {
            peerQueue.state = PeerEventQueue.State.READY;
            ready.addLast(peerQueue);
        }
        resumePausedPeers();
        return true;
    }

    /** Keeps the event that was being posted and serves other peers until {@link #retry}. */
    synchronized void backOff(PeerEventQueue peerQueue) {
        if (closed) {
            peerQueue.events.clear(); // a later retry may keep the peer queue in memory
        } else {
            peerQueue.state = PeerEventQueue.State.BACKING_OFF;
            backingOff.add(peerQueue);
        }
    }

    /** Ends the back-off of a peer queue; does nothing if it has already ended. */
    synchronized AddResult retry(PeerEventQueue peerQueue) {
        return backingOff.remove(peerQueue) ? makeReady(peerQueue) : AddResult.QUEUED;
    }

    /** Returns the peer queues that are backing off; O(their number). */
    synchronized Collection<PeerEventQueue> backingOff() {
        return new ArrayDeque<>(backingOff);
    }

    /** Releases the session of a closed peer. Its events stay queued. */
    synchronized void peerClosed(PeerEventQueue peerQueue) {
        peerQueue.session = null;
        paused.remove(peerQueue);
        if (isEmpty()) {
            resumePausedPeers(); // this peer may have been resumed, and not read since
        }
    }

    /**
     * Refuses each new event from now on, except those in the store, if no others wait.
     *
     * @return whether new events are refused
     */
    synchronized boolean refuseIfIdle() {
        refusing |= events == inStore;
        return refusing;
    }

    /**
     * Drops all events, and from now on refuses each new one; O(peer queues with events).
     *
     * @return the number of dropped events that are not in the store, those that are being posted
     *     included
     */
    int close() {
        Removed removed = removeAll();
        budget.resumeNext(removed.events());
        return removed.lost();
    }

    private record Removed(int events, int lost) {}

    private synchronized Removed removeAll() {
        refusing = true;
        closed = true;
        Removed removed = new Removed(events, events - inStore);
        budget.release(bytes);
        events = 0;
        inStore = 0;
        bytes = 0;
        // Peer queues in state POSTING are in neither; done() tells their workers of the close.
        ready.forEach(peerQueue -> peerQueue.events.clear());
        backingOff.forEach(peerQueue -> peerQueue.events.clear());
        ready.clear();
        backingOff.clear();
        named.clear();
        resumeAll();
        return removed;
    }

    private synchronized boolean allowsRead(PeerEventQueue peerQueue) {
        if (!pausesReading || closed) {
            return true;
        }
        if (!full()) {
            resumePausedPeers();
            return true;
        }
        PeerSession open = peerQueue.session;
        if (open != null && paused.add(peerQueue)) {
            open.readPause().pause(this);
        }
        awaitTurn(waitsForBudget(), false);
        return false;
    }

    private boolean full() {
        return unstored == null ? !hasOwnRoom() || (events > 0 && budget.full()) : unstored.full();
    }

    private boolean hasOwnRoom() {
        return events < limits.queue() && bytes < limits.queueBytes().toBytes();
    }

    /**
     * Returns whether the queue is open and takes events from the store: it has fewer events and
     * bytes than its limits, and the budget has memory for them or the queue is empty.
     */
    synchronized boolean hasRoom() {
        return !closed && hasOwnRoom() && (events == 0 || budget.leftForStored() > 0);
    }

    /** Returns whether half of the queue is free. */
    synchronized boolean halfFree() {
        return events <= limits.queue() / 2 && bytes <= limits.queueBytes().toBytes() / 2;
    }

    /** Returns the number of events of one peer; O(1). */
    synchronized int size(PeerEventQueue peerQueue) {
        return peerQueue.events.size();
    }

    /** Resumes reading from at most this many paused peers, while there is room. */
    void resumePausedPeers(int peers) {
        synchronized (this) {
            for (int left = Math.min(peers, paused.size()); left > 0; left--) {
                resumePausedPeers();
            }
        }
        budget.resumeNext(peers);
    }

    /** Resumes reading from a paused peer, because it is the turn of this queue. */
    synchronized void resumeInTurn() {
        inTurn = false; // the budget has removed it
        boolean room = resumePausedPeers();
        awaitTurn(waitsForBudget(), room);
    }

    /** Resumes reading from all paused peers if no events wait, whatever the budget has. */
    synchronized void resumeIfEmpty() {
        if (isEmpty()) {
            resumeAll();
        }
    }

    /** Returns whether the budget had room. */
    private boolean resumePausedPeers() {
        boolean room = budget.hasRoom();
        if (isEmpty() && room) {
            resumeAll();
        } else if (isEmpty() || (isHalfFree() && room)) {
            resumeFirstPaused();
        }
        awaitTurn(waitsForBudget() && (inTurn || !room), room);
        return room;
    }

    private void resumeAll() {
        while (!paused.isEmpty()) {
            resumeFirstPaused();
        }
        awaitTurn(false, true);
    }

    /** Returns whether paused peers could be read if the budget allows it. */
    private boolean waitsForBudget() {
        return !paused.isEmpty() && (isEmpty() || isHalfFree());
    }

    /**
     * @param room whether the budget had room before; if it has only now, whoever released memory
     *     in between has not found this queue
     */
    private void awaitTurn(boolean waits, boolean room) {
        if (waits == inTurn) {
            return;
        }
        inTurn = waits;
        if (waits) {
            budget.await(this);
            if (!room && budget.hasRoom()) {
                resumeFirstPaused();
            }
        } else {
            budget.leave(this);
        }
    }

    /** Returns whether nothing waits, so that a message is queued whatever the budget has. */
    private boolean isEmpty() {
        return unstored == null ? events == 0 : unstored.none();
    }

    private boolean isHalfFree() {
        return unstored == null ? halfFree() : unstored.halfFree();
    }

    private void resumeFirstPaused() {
        PeerSession session = paused.isEmpty() ? null : paused.removeFirst().session;
        if (session != null) {
            session.readPause().resume(this);
        }
    }

    synchronized int events() {
        return events;
    }

    /** Returns the number of events that are not in the store. */
    synchronized int notStored() {
        return events - inStore;
    }

    synchronized long bytes() {
        return bytes;
    }
}
