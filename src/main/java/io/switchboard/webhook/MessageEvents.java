package io.switchboard.webhook;

import io.switchboard.events.Event;
import io.switchboard.events.EventPeer;
import io.switchboard.events.EventType;
import io.switchboard.store.Transaction;
import io.switchboard.store.Transaction.Outcome;
import io.switchboard.webhook.EventRows.Row;
import io.switchboard.webhook.QueuedEvent.Source;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The events of stored messages for a durable webhook. Each is stored in the transaction that
 * changes its message, so a crash leaves both or none.
 *
 * <p>They have a run of their own, because only the thread {@code store} inserts them: their
 * numbers are in the order of the commits there, so that a scan, which follows the numbers, misses
 * none. They wait in the store only, until the scan places them in memory.
 *
 * <p>Only the thread {@code store} calls it, in transactions and at their ends.
 */
final class MessageEvents {
    /** Is told what became of an event. Called on the thread {@code store}; must not block. */
    interface Observer {
        /**
         * An event is in the store.
         *
         * @param bytes what it takes of the store's limit
         */
        void stored(int bytes);

        /** Nobody knows whether events were stored. */
        void unknown();
    }

    private final String owner;
    private final String run;
    private final EventRows rows;
    private final EventQueueSettings properties;
    private final LongSupplier seqs;
    private final Observer observer;
    private boolean joined;

    /**
     * @param owner identifies this run of the service
     * @param seqs returns the next number of an event of the webhook
     */
    MessageEvents(
            String owner,
            EventRows rows,
            EventQueueSettings properties,
            LongSupplier seqs,
            Observer observer) {
        this.owner = owner;
        this.run = owner + "-m";
        this.rows = rows;
        this.properties = properties;
        this.seqs = seqs;
        this.observer = observer;
    }

    /** Returns what identifies the events of messages of this run of the service. */
    String run() {
        return run;
    }

    void store(Transaction in, EventType type, @Nullable EventPeer peer, Event.Stored message) {
        boolean joins = !joined;
        if (joins) {
            rows.join(in, run, owner);
        }
        Event event = Event.stored(seqs.getAsLong(), type, peer, message);
        Row row =
                new Row(
                        new Source(run, "name:" + message.name()),
                        event.seq(),
                        HttpWebhookClient.delivery(run, rows.listener(), event.seq()),
                        in.now() + properties.maxAge().toMillis(),
                        HttpWebhookClient.json(event, null));
        rows.insert(in, List.of(row));
        in.whenEnded(
                outcome -> {
                    joined |= outcome == Outcome.COMMITTED;
                    switch (outcome) {
                        case COMMITTED -> observer.stored(row.size());
                        case UNKNOWN -> observer.unknown();
                        case ROLLED_BACK -> {}
                    }
                });
    }
}
