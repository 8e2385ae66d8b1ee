package io.switchboard.webhook;

import io.switchboard.webhook.EventRows.Page;
import io.switchboard.webhook.QueuedEvent.InStore;
import io.switchboard.webhook.QueuedEvent.Source;
import io.switchboard.webhook.WebhookQueue.AddResult;
import io.switchboard.webhook.WebhookQueue.PeerEventQueue;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/**
 * The sources of the events of a {@link Backlog}: the peers, and the names of stored messages.
 *
 * <p>A source has {@link #IN_MEMORY} events in memory at most, so that a peer whose events the back
 * end does not accept leaves room for others. Its other events are in the store only ({@link
 * Backlogged#rest}). They are read when half of those in memory have left.
 *
 * <p>This object's monitor guards the fields and {@link Backlogged}. It is held while an event is
 * placed in the {@link WebhookQueue}, and never during a read or write. Publishers hold the monitor
 * of the backlog when they take it; the workers of the webhook and the backlog's thread take it
 * too.
 *
 * <p>Races: (1) A source is forgotten while its event is placed. Both happen under the monitor, and
 * a source is forgotten only if its events are nowhere but in the store, beyond the scan. (2) The
 * last events of a source leave memory while {@code rest} is set. The worker takes the monitor
 * after it has removed the event from the queue, and then looks at {@code rest} and the size.
 */
final class Sources {
    static final int IN_MEMORY = 32;

    private final WebhookQueue queue;
    private final Map<Source, PeerEventQueue> known = new HashMap<>();
    private final SequencedSet<PeerEventQueue> refills = new LinkedHashSet<>();
    private @Nullable Webhook webhook;

    Sources(WebhookQueue queue) {
        this.queue = queue;
    }

    /** Sets who posts the events. Called before anything else. */
    synchronized void attach(Webhook poster) {
        webhook = poster;
    }

    /** Counts an event that is to be stored, and returns the queue for it. */
    synchronized PeerEventQueue adding(PeerEventQueue source) {
        // another object has the events of the source if this one was closed and forgotten
        PeerEventQueue earlier = known.putIfAbsent(source.backlogged().source(), source);
        PeerEventQueue current = earlier == null ? source : earlier;
        current.backlogged().unstored++;
        return current;
    }

    /**
     * Notes that an event is in the store.
     *
     * @param event what is to be placed; null if nothing is
     */
    synchronized AddResult stored(PeerEventQueue source, @Nullable InStore event) {
        source.backlogged().unstored--;
        AddResult result = event == null ? AddResult.QUEUED : place(source, event);
        forgetIfIdle(source);
        return result;
    }

    /** Places an event that was read, unless its source has enough of them in memory. */
    synchronized AddResult place(InStore event) {
        Webhook poster = webhook;
        if (poster == null) {
            throw new IllegalStateException("the backlog is attached to no webhook");
        }
        return place(
                known.computeIfAbsent(
                        event.source(),
                        each -> queue.new PeerEventQueue(poster, new Backlogged(each))),
                event);
    }

    private AddResult place(PeerEventQueue source, InStore event) {
        Backlogged each = source.backlogged();
        if (each.rest || queue.size(source) >= IN_MEMORY) {
            each.rest = true;
            return AddResult.QUEUED;
        }
        each.lastSeq = event.seq();
        return queue.add(source, event);
    }

    /** Notes that an event has left the queue. */
    synchronized void left(PeerEventQueue source) {
        refillIfLow(source);
        forgetIfIdle(source);
    }

    private void refillIfLow(PeerEventQueue source) {
        if (source.backlogged().rest && queue.size(source) <= IN_MEMORY / 2) {
            refills.add(source);
        }
    }

    /** Forgets a closed peer, unless it has events. */
    synchronized void forgetIfIdle(PeerEventQueue source) {
        Backlogged each = source.backlogged();
        if (source.session() == null
                && each.unstored == 0
                && !each.rest
                && queue.size(source) == 0) {
            known.remove(each.source(), source);
        }
    }

    /**
     * Removes some of the sources that have few events left in memory, and returns them with the
     * number of the last event that was placed.
     */
    synchronized Map<PeerEventQueue, Long> takeRefills(int limit) {
        Map<PeerEventQueue, Long> some = new LinkedHashMap<>();
        while (!refills.isEmpty() && some.size() < limit) {
            PeerEventQueue each = refills.removeFirst();
            some.put(each, each.backlogged().lastSeq);
        }
        return some;
    }

    /** Adds sources again whose events could not be read. */
    synchronized void refillLater(Map<PeerEventQueue, Long> some) {
        refills.addAll(some.keySet());
    }

    /** Places the next events of a source that were read. */
    synchronized AddResult refilled(PeerEventQueue source, Page page) {
        AddResult result = AddResult.QUEUED;
        Backlogged each = source.backlogged();
        for (InStore event : page.events()) {
            each.lastSeq = event.seq();
            result = needed(result, queue.add(source, event));
        }
        each.rest = !page.complete();
        refillIfLow(source);
        forgetIfIdle(source);
        return result;
    }

    /** Returns which of two results of adding to one source has to be handled. */
    private static AddResult needed(AddResult one, AddResult other) {
        return other == AddResult.QUEUED ? one : other;
    }
}
