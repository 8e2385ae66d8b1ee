package io.switchboard.webhook;

import io.switchboard.events.Event;
import io.switchboard.tracing.TraceContext;
import org.jspecify.annotations.Nullable;

/** An event that waits for the back end. Immutable. */
sealed interface QueuedEvent {

    /** Returns the number of the event, for people. */
    long seq();

    /** Returns the size of its payload in bytes. */
    int size();

    /** Returns the trace of the message; null if it has none, or the process has been restarted. */
    @Nullable TraceContext trace();

    /** An event that exists in memory only. */
    record InMemory(Event event, @Nullable TraceContext trace) implements QueuedEvent {
        @Override
        public long seq() {
            return event.seq();
        }

        @Override
        public int size() {
            return event.size();
        }
    }

    /**
     * An event that is in the store too, and stays there until the back end has accepted it.
     *
     * @param source whose event it is
     * @param delivery the id of the delivery, the same at each attempt and after a restart
     * @param deadline the {@link System#nanoTime} from which it is not posted any more
     * @param storedSize the bytes that it takes of the store's limit
     * @param body the JSON that is posted
     * @param trace not in the store
     */
    @SuppressWarnings("ArrayRecordComponent") // events are not compared
    record InStore(
            Source source,
            long seq,
            String delivery,
            long deadline,
            int storedSize,
            byte[] body,
            @Nullable TraceContext trace)
            implements QueuedEvent {
        @Override
        public int size() {
            return body.length;
        }

        boolean expired(long now) {
            return now - deadline >= 0;
        }
    }

    /**
     * Whose events are posted in order.
     *
     * @param run the process that stored the events
     * @param peer the id of a peer, or {@code name:} and the name of stored messages
     */
    record Source(String run, String peer) {}
}
