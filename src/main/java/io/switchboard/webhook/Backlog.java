package io.switchboard.webhook;

import io.switchboard.events.Event;
import io.switchboard.events.EventPeer;
import io.switchboard.events.EventType;
import io.switchboard.store.Store;
import io.switchboard.store.StoreException;
import io.switchboard.store.StoredBytes;
import io.switchboard.store.Transaction;
import io.switchboard.tracing.TraceContext;
import io.switchboard.webhook.BacklogBatch.Pending;
import io.switchboard.webhook.BacklogBatch.Prepared;
import io.switchboard.webhook.QueuedEvent.InStore;
import io.switchboard.webhook.QueuedEvent.Source;
import io.switchboard.webhook.WebhookQueue.AddResult;
import io.switchboard.webhook.WebhookQueue.PeerEventQueue;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stored events of a webhook. If it is durable, each event is stored first, then placed in the
 * {@link WebhookQueue}, and removed from the store when the back end has accepted it or it was
 * given up:
 *
 * <pre>
 *   add ──▶ pending ──▶ stored ──┬─────────────▶ placed in memory ──▶ left ──▶ removed
 *                     (commit)   │                    ▲
 *                                └──▶ in the store ───┘
 *                                     only        page of a scan, or of one source
 * </pre>
 *
 * <p>Memory is bounded: what does not fit is in the store only, until {@link Scans} reads it.
 * {@link Sources} has what is known of each peer's events. The events of stored messages come
 * another way: {@link MessageEvents} stores them.
 *
 * <p>If the webhook is not durable, nothing is added. The backlog then posts what earlier runs and
 * other processes left in the store, and ends when nothing is left.
 *
 * <p>The thread {@code webhook-store-LISTENER} or {@code bridge-store-BRIDGE} executes every read
 * and write but those of {@link MessageEvents}, and it alone uses the scans, the batch and the
 * leases. This object's monitor guards {@code pending}, {@code removals}, {@code lastSeq} and
 * {@code closed}; that of {@link Sources} is taken while it is held. Publishers, the workers of the
 * webhook, the backlog's thread and the thread {@code store} take it, and none of them reads or
 * writes meanwhile.
 */
final class Backlog {
    private static final Logger log = LoggerFactory.getLogger(Backlog.class);
    private static final int MAX_BATCH = 500;
    private static final long MAX_BATCH_BYTES = 4L * 1024 * 1024;
    private static final int MAX_REMOVALS = 2_000;
    private static final long IDLE = TimeUnit.SECONDS.toNanos(1);
    private static final long AFTER_FAILURE = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long STOP_MILLIS = 3_000;
    private static final long SEQS_PER_SECOND = 1_000_000;

    private final Publication publication;
    private final String run;
    private final EventQueueSettings properties;
    private final WebhookQueue queue;
    private final Unstored unstored;
    private final Store store;
    private final StoredBytes total;
    private final EventRows rows;
    private final RunLeases leases;
    private final CrashedRuns crashed;
    private final Sources sources;
    private final Scans scans;
    private final MessageEvents messages;

    /** Whether events of stored messages may have been stored or not. */
    private final AtomicBoolean uncertain = new AtomicBoolean();

    private final AtomicBoolean hasMessages = new AtomicBoolean();
    private final AtomicLong storedEvents = new AtomicLong();
    private final AtomicLong storedBytes = new AtomicLong();

    private final Deque<Pending> pending = new ArrayDeque<>();
    private final Deque<InStore> removals = new ArrayDeque<>();
    private long lastSeq = Instant.now().getEpochSecond() * SEQS_PER_SECOND;
    private boolean closed;

    private final Deque<String> taken = new ArrayDeque<>();
    private @Nullable BacklogBatch batch;
    private long nextRenewal = System.nanoTime();
    private long nextHousekeeping = System.nanoTime() + IDLE;

    private Consumer<AddResult> placed = _ -> {};
    private volatile @Nullable Thread thread;
    private volatile boolean signalled;
    private volatile boolean stopping;
    private volatile @Nullable String problem;

    /**
     * @param run identifies this run of the service
     */
    Backlog(
            Publication publication,
            String run,
            EventQueueSettings properties,
            WebhookQueue queue,
            Unstored unstored,
            Store store,
            StoredBytes total,
            WebhookQueueBudget budget) {
        this.publication = publication;
        this.run = run;
        this.properties = properties;
        this.queue = queue;
        this.unstored = unstored;
        this.store = store;
        this.total = total;
        this.rows = new EventRows(publication.key());
        this.leases =
                new RunLeases(rows, run, properties.durable(), store.shared(), System::nanoTime);
        this.crashed = new CrashedRuns(rows, run, properties);
        this.sources = new Sources(queue);
        this.messages =
                new MessageEvents(
                        run,
                        rows,
                        properties,
                        this::nextSeq,
                        new MessageEvents.Observer() {
                            @Override
                            public void stored(int bytes) {
                                count(1, bytes);
                                wakeForMessages();
                            }

                            @Override
                            public void unknown() {
                                uncertain.set(true);
                                wakeForMessages();
                            }
                        });
        this.scans =
                new Scans(
                        run,
                        messages.run(),
                        properties,
                        queue,
                        budget,
                        sources,
                        store,
                        rows,
                        result -> placed.accept(result));
    }

    private void wakeForMessages() {
        hasMessages.set(true);
        scans.messagesStored();
        signal();
    }

    /**
     * Sets who posts the events. Called before anything else.
     *
     * @param onPlaced called when an event was placed in the queue; starts a worker if one is
     *     needed
     */
    void attach(Webhook poster, Consumer<AddResult> onPlaced) {
        sources.attach(poster);
        placed = onPlaced;
    }

    /** Starts the thread, unless there is nothing to do for it. */
    void start() {
        if (!properties.durable() && !store.exists()) {
            return;
        }
        thread =
                Thread.ofPlatform()
                        .name(publication.word() + "-store-" + publication.name())
                        .daemon()
                        .start(this::runAll);
    }

    /** Returns what a peer of this run needs to have events in the backlog. */
    Backlogged source(String peer) {
        return new Backlogged(new Source(run, peer));
    }

    /**
     * Adds an event of a peer; see {@link Event} for the parameters. Never blocks.
     *
     * @param trace the trace of a message; null if there is none
     */
    AddResult add(
            PeerEventQueue source,
            EventType type,
            long nanos,
            EventPeer peer,
            byte @Nullable [] payload,
            boolean incomplete,
            @Nullable String reason,
            @Nullable TraceContext trace) {
        boolean posted = properties.events().contains(type);
        if (!posted && (type == EventType.MESSAGE || !keepsPeers())) {
            return AddResult.QUEUED;
        }
        synchronized (this) {
            boolean full =
                    type == EventType.MESSAGE
                            ? properties.whenFull() == WebhookProperties.WhenFull.DROP
                                    && unstored.full()
                            : unstored.fullForOthers();
            if (closed) {
                return AddResult.CLOSED;
            }
            if (full) {
                return AddResult.DROPPED;
            }
            if (posted) {
                source.backlogged().undelivered(1);
            }
            add(
                    source,
                    new Event(++lastSeq, type, nanos, peer, payload, incomplete, reason, null),
                    posted,
                    trace);
        }
        signal();
        return AddResult.QUEUED;
    }

    /**
     * Stores an event of a stored message in a transaction, in the order of its name. It takes no
     * memory, so only a full store drops it.
     */
    AddResult store(
            Transaction in, EventType type, @Nullable EventPeer peer, Event.Stored message) {
        if (unstored.storeFull()) {
            return AddResult.DROPPED;
        }
        messages.store(in, type, peer, message);
        return AddResult.QUEUED;
    }

    private void add(
            PeerEventQueue source, Event event, boolean posted, @Nullable TraceContext trace) {
        pending.addLast(new Pending(sources.adding(source), event, posted, trace));
        unstored.add(1, memory(event));
    }

    private static int memory(Event event) {
        return WebhookQueue.memory(new QueuedEvent.InMemory(event, null));
    }

    /** Returns whether peers are stored, so that each gets a closed event after a crash. */
    private boolean keepsPeers() {
        return properties.events().contains(EventType.CLOSED);
    }

    /** Forgets a closed peer, unless it has events. */
    void closed(PeerEventQueue source) {
        sources.forgetIfIdle(source);
    }

    /** Removes an event from the store that the back end has accepted, or that was given up. */
    void left(PeerEventQueue source, InStore event) {
        source.backlogged().undelivered(-1);
        synchronized (this) {
            removals.addLast(event);
        }
        sources.left(source);
        signal();
    }

    private void signal() {
        if (!signalled) {
            signalled = true;
            LockSupport.unpark(thread);
        }
    }

    private void runAll() {
        while (!stopping && !done()) {
            signalled = false;
            try {
                boolean busy = round();
                problem = null;
                if (!busy && !signalled && !stopping) {
                    LockSupport.parkNanos(IDLE);
                }
            } catch (StoreException e) {
                problem = e.getMessage();
                leases.storeFailed();
                LockSupport.parkNanos(properties.durable() ? AFTER_FAILURE : IDLE);
            } catch (InterruptedException e) {
                throw new IllegalStateException("nobody interrupts this thread", e);
            } catch (RuntimeException e) {
                log.error("{}: the backlog of the {} failed", publication, publication.word(), e);
                LockSupport.parkNanos(IDLE);
            }
        }
        end();
    }

    private boolean done() {
        return !properties.durable() && leases.nothingLeft() && nothingToWrite();
    }

    /** Returns whether there may be more to do at once. */
    private boolean round() throws InterruptedException {
        if (!leases.joined() && !store.exists() && nothingToWrite()) {
            return false;
        }
        long now = System.nanoTime();
        if (!leases.joined() || (store.shared() && now - nextRenewal >= 0)) {
            renew();
            nextRenewal = now + RunLeases.INTERVAL.toNanos();
        }
        if (hasMessages.getAndSet(false)) {
            leases.addOwn(messages.run());
        }
        while (!taken.isEmpty()) {
            takeOver(taken.getFirst());
            taken.removeFirst();
        }
        if (uncertain.getAndSet(false)) {
            recount();
        }
        if (now - nextHousekeeping >= 0) {
            nextHousekeeping = now + IDLE;
            removeEmptyRuns();
            // other parts of the service may have made room in the store
            queue.resumePausedPeers(MAX_BATCH);
        }
        boolean wrote = write();
        boolean refilled = scans.refill();
        return scans.scan() || refilled || wrote;
    }

    private synchronized boolean nothingToWrite() {
        return pending.isEmpty() && removals.isEmpty() && batch == null;
    }

    private void renew() throws InterruptedException {
        RunLeases.Change change = store.writeAndWait(leases::renew);
        leases.renewed(change);
        taken.addAll(change.taken());
        for (String lost : change.lost()) {
            log.warn(
                    "{}: another process has taken over the {}'s events of run {}, because this one did not write to the store for too long; events may be posted twice",
                    publication,
                    publication.word(),
                    lost);
            if (!lost.equals(run) && !lost.equals(messages.run())) {
                scans.remove(lost);
            }
        }
    }

    /** Closes the peers of a run that has ended, and begins to post its events. */
    private void takeOver(String ended) throws InterruptedException {
        long last = store.read(in -> rows.lastSeq(in, ended));
        synchronized (this) {
            lastSeq = Math.max(lastSeq, last);
        }
        int peers = 0;
        int some;
        do {
            some = store.writeAndWait(in -> crashed.closePeers(in, ended, this::nextSeq));
            peers += some;
        } while (some > 0);
        EventRows.Amount amount = store.read(in -> rows.amount(in, ended));
        count(amount.events(), amount.bytes());
        scans.add(ended);
        log.info(
                "{}: {} events of run {} wait for the {}; {} of its peers were connected when it ended",
                publication,
                amount.events(),
                ended,
                publication.word(),
                peers);
    }

    private synchronized long nextSeq() {
        return ++lastSeq;
    }

    /** Counts the events in the store. No batch is under way, and nothing waits to be counted. */
    private void recount() throws InterruptedException {
        try {
            store.writeAndWait(
                    List.of(),
                    in -> rows.amountOfOwner(in, run),
                    amount -> {
                        storedEvents.set(amount.events());
                        total.add(amount.bytes() - storedBytes.getAndSet(amount.bytes()));
                    });
        } catch (StoreException e) {
            uncertain.set(true);
            throw e;
        }
    }

    private void count(long events, long bytes) {
        storedEvents.addAndGet(events);
        storedBytes.addAndGet(bytes);
        total.add(bytes);
    }

    /** Removes the rows of earlier runs whose events have all been posted. */
    private void removeEmptyRuns() throws InterruptedException {
        for (String each : scans.finished()) {
            if (store.writeAndWait(in -> rows.removeIfEmpty(in, each))) {
                scans.forget(each);
                leases.ended(each);
            }
        }
    }

    private boolean write() throws InterruptedException {
        if (batch == null) {
            batch = take();
            unstored.reserve(batch == null ? 0 : batch.bodyBytes());
        }
        BacklogBatch next = batch;
        if (next == null) {
            return false;
        }
        store.writeAndWait(
                in -> {
                    next.write(in);
                    return true;
                });
        batch = null;
        long bytes = 0;
        for (Prepared each : next.events()) {
            bytes += memory(each.pending().event());
            if (each.pending().posted()) {
                InStore event = each.stored(properties.maxAge().toNanos());
                count(1, event.storedSize());
                placed.accept(
                        sources.stored(
                                each.pending().source(), scans.placesAtOnce(event) ? event : null));
            } else {
                sources.stored(each.pending().source(), null);
            }
        }
        next.removals().forEach(each -> count(-1, -each.storedSize()));
        unstored.add(-next.events().size(), -bytes);
        unstored.reserve(-next.bodyBytes());
        queue.resumePausedPeers(next.events().size() + next.removals().size());
        return true;
    }

    /** Returns what is to be written next; null if there is nothing. */
    private @Nullable BacklogBatch take() {
        List<Pending> events = new ArrayList<>();
        List<InStore> removed = new ArrayList<>();
        synchronized (this) {
            long bytes = 0;
            while (!pending.isEmpty() && events.size() < MAX_BATCH && bytes < MAX_BATCH_BYTES) {
                Pending each = pending.removeFirst();
                bytes += memory(each.event());
                events.add(each);
            }
            while (!removals.isEmpty() && removed.size() < MAX_REMOVALS) {
                removed.add(removals.removeFirst());
            }
        }
        if (events.isEmpty() && removed.isEmpty()) {
            return null;
        }
        return new BacklogBatch(
                rows,
                keepsPeers(),
                properties.maxAge().toNanos(),
                events.stream().map(this::prepare).toList(),
                removed);
    }

    private Prepared prepare(Pending each) {
        return new Prepared(
                each,
                HttpWebhookClient.delivery(run, publication.key(), each.event().seq()),
                HttpWebhookClient.json(each.event(), each.source().peername()));
    }

    /** Returns the number of events that are pending or in the store. */
    long events() {
        return unstored.events() + storedEvents.get();
    }

    /** Returns the number of events that are not in the store yet. */
    int pendingEvents() {
        return unstored.events();
    }

    /** Returns the bytes of the limit of the store that the events take. */
    long storedBytes() {
        return storedBytes.get();
    }

    /** Returns why events cannot be stored; empty if they can. */
    Optional<String> problem() {
        return Optional.ofNullable(problem);
    }

    /**
     * Writes what is pending and ends the thread; blocks up to three seconds.
     *
     * @return the number of events that could not be stored, which are lost
     */
    int stop() {
        synchronized (this) {
            closed = true;
        }
        stopping = true;
        Thread running = thread;
        if (running != null) {
            LockSupport.unpark(running);
            try {
                running.join(STOP_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        unstored.close();
        queue.resumePausedPeers(unstored.events());
        return unstored.events();
    }

    private void end() {
        try {
            boolean more = true;
            while (more) {
                more = write();
            }
            if (leases.joined()) {
                store.writeAndWait(
                        in -> {
                            rows.leave(in, run);
                            return true;
                        });
            }
        } catch (InterruptedException | RuntimeException e) {
            log.warn(
                    "{}: the backlog of the {}: {}",
                    publication,
                    publication.word(),
                    e.getMessage());
        }
    }
}
