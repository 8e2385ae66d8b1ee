package io.switchboard.events;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The answer of one node to another: some of its events, in their order.
 *
 * @param gap the events that are missing before these; null if none is
 * @param next the number of the last event that was returned or skipped: the next {@link
 *     EventAsk#after}
 * @param last whether the node is stopping and has returned everything
 */
record EventPage(Subscription.@Nullable Gap gap, List<Encoded> events, long next, boolean last) {
    private static final byte[] NOTHING = {};

    /**
     * One event.
     *
     * @param frame the event as {@link SseEncoder#of} encodes it, without an id
     */
    @SuppressWarnings("ArrayRecordComponent") // events are not compared
    record Encoded(long seq, byte[] frame) {
        Encoded {
            frame = Objects.requireNonNullElse(frame, NOTHING); // the field may be missing
        }
    }

    /** Returns whether a subscriber learns anything from this page. */
    boolean hasContent() {
        return gap != null || !events.isEmpty();
    }

    /** Returns the memory that the frames take, in bytes. */
    long bytes() {
        return events.stream().mapToLong(event -> event.frame().length).sum();
    }
}
