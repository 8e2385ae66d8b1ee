package io.switchboard.webhook;

import io.switchboard.store.Store;
import io.switchboard.webhook.EventRows.Page;
import io.switchboard.webhook.QueuedEvent.InStore;
import io.switchboard.webhook.QueuedEvent.Source;
import io.switchboard.webhook.WebhookQueue.AddResult;
import io.switchboard.webhook.WebhookQueue.PeerEventQueue;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the events of a {@link Backlog} that are in the store only, and places them in memory while
 * there is room:
 *
 * <ul>
 *   <li>A scan reads the events of a run in their order. There is one of each earlier run, and one
 *       of this run from the first event that did not fit until it has caught up. The one of {@link
 *       MessageEvents} goes on when there are new events. Scans take turns. A scan skips events of
 *       a source that has enough in memory.
 *   <li>Refills read the skipped events of a source, up to the position of the scan.
 * </ul>
 *
 * <p>Only the backlog's thread uses it, except for {@link #messagesStored}.
 */
final class Scans {
    private static final int PAGE = 500;
    private static final long MAX_PAGE_BYTES = 4L * 1024 * 1024;
    private static final int SOURCES_PER_READ = 50;
    private static final long BYTES_PER_SOURCE = MAX_PAGE_BYTES / SOURCES_PER_READ;

    /** What other webhooks leave, because they may read at the same time. */
    private static final int PART_OF_BUDGET = 16;

    private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(200);

    /** Reads the events of a run in their order. */
    private static final class Scan {
        private final String run;
        private long position;

        Scan(String run, long position) {
            this.run = run;
            this.position = position;
        }
    }

    private final String run;
    private final EventQueueSettings properties;
    private final WebhookQueue queue;
    private final WebhookQueueBudget budget;
    private final Sources sources;
    private final Store store;
    private final EventRows rows;
    private final Consumer<AddResult> placed;

    private final Deque<Scan> scans = new ArrayDeque<>();
    private final List<String> finished = new ArrayList<>();
    private final Scan ofMessages;
    private final AtomicBoolean newMessages = new AtomicBoolean();
    private @Nullable Scan own;
    private long last = System.nanoTime() - PAUSE;

    /**
     * @param run the run of the peers' events of this process
     * @param messages the run of the events of stored messages of this process
     * @param placed called when an event was placed; starts a worker if one is needed
     */
    Scans(
            String run,
            String messages,
            EventQueueSettings properties,
            WebhookQueue queue,
            WebhookQueueBudget budget,
            Sources sources,
            Store store,
            EventRows rows,
            Consumer<AddResult> placed) {
        this.run = run;
        this.ofMessages = new Scan(messages, Long.MIN_VALUE);
        this.properties = properties;
        this.queue = queue;
        this.budget = budget;
        this.sources = sources;
        this.store = store;
        this.rows = rows;
        this.placed = placed;
    }

    /** Notes that there may be new events of stored messages. Any thread. */
    void messagesStored() {
        newMessages.set(true);
    }

    /** Begins to read an earlier run. */
    void add(String earlier) {
        scans.addLast(new Scan(earlier, Long.MIN_VALUE));
    }

    /** Ends the scan of an earlier run that another process has taken over. */
    void remove(String earlier) {
        scans.removeIf(each -> each.run.equals(earlier));
        finished.remove(earlier);
    }

    /** Returns the earlier runs whose events have all been placed. */
    List<String> finished() {
        return List.copyOf(finished);
    }

    /** Forgets a finished run of which nothing is left. */
    void forget(String earlier) {
        finished.remove(earlier);
    }

    /** Returns whether an event of this run, which was stored now, is to be placed at once. */
    boolean placesAtOnce(InStore event) {
        if (own == null && !queue.hasRoom()) {
            own = new Scan(run, event.seq() - 1);
            scans.addLast(own);
        }
        return own == null;
    }

    /** Reads the next events of sources that have few left in memory; returns whether it did. */
    boolean refill() {
        if (!queue.hasRoom()) {
            return false;
        }
        int limit = (int) Math.min(SOURCES_PER_READ, pageBytes() / BYTES_PER_SOURCE);
        Map<PeerEventQueue, Long> some = sources.takeRefills(Math.max(1, limit));
        if (some.isEmpty()) {
            return false;
        }
        Map<PeerEventQueue, Page> pages = new HashMap<>();
        try {
            store.read(
                    in -> {
                        some.forEach(
                                (each, after) -> {
                                    Source source = each.backlogged().source();
                                    pages.put(
                                            each,
                                            rows.page(
                                                    in,
                                                    source.run(),
                                                    source.peer(),
                                                    after,
                                                    position(source.run()),
                                                    Sources.IN_MEMORY,
                                                    BYTES_PER_SOURCE));
                                });
                        return true;
                    });
        } catch (RuntimeException e) {
            sources.refillLater(some);
            throw e;
        }
        pages.forEach((each, page) -> placed.accept(sources.refilled(each, page)));
        return true;
    }

    /** Returns the number up to which a scan, or this run, has placed or skipped the events. */
    private long position(String of) {
        if (of.equals(ofMessages.run)) {
            return ofMessages.position;
        }
        return scans.stream()
                .filter(each -> each.run.equals(of))
                .map(each -> each.position)
                .findFirst()
                .orElse(Long.MAX_VALUE);
    }

    /** Returns how much to read, which is little while the budget of all webhooks has little. */
    private long pageBytes() {
        long part = budget.leftForStored() / PART_OF_BUDGET;
        return Math.clamp(part, BYTES_PER_SOURCE, MAX_PAGE_BYTES);
    }

    /** Reads a page of the scan whose turn it is; returns whether it did. */
    boolean scan() {
        if (newMessages.getAndSet(false) && !scans.contains(ofMessages)) {
            scans.addLast(ofMessages);
        }
        Scan next = scans.peekFirst();
        long now = System.nanoTime();
        boolean worthwhile = queue.halfFree() || now - last >= PAUSE;
        if (next == null || !worthwhile || !queue.hasRoom()) {
            return false;
        }
        last = now;
        int room = Math.max(1, Math.min(PAGE, properties.queue() - queue.events()));
        long bytes = Math.min(pageBytes(), properties.queueBytes().toBytes() - queue.bytes());
        Page page =
                store.read(
                        in ->
                                rows.page(
                                        in,
                                        next.run,
                                        null,
                                        next.position,
                                        Long.MAX_VALUE,
                                        room,
                                        bytes));
        for (InStore each : page.events()) {
            AddResult result = sources.place(each);
            next.position = each.seq();
            placed.accept(result);
        }
        scans.removeFirst();
        if (!page.complete()) {
            scans.addLast(next);
        } else if (next == own) {
            own = null;
        } else if (next != ofMessages) {
            finished.add(next.run);
        }
        return true;
    }
}
