package io.switchboard.web;

import io.switchboard.inbound.Subscription;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one node tells another of its events, in their order.
 *
 * @param gap ahead of the events; null where nothing is missing
 * @param next the number of the last event that was told or passed over: where to ask on after
 * @param last whether that node is stopping, and this was all
 */
record EventPage(Subscription.@Nullable Gap gap, List<Spelled> events, long next, boolean last) {

    /**
     * One event.
     *
     * @param frame as {@link EventFrames#of} spells it, without its id
     */
    @SuppressWarnings("ArrayRecordComponent") // events are not compared
    record Spelled(long seq, byte[] frame) {}

    /** Whether there is nothing to tell. */
    boolean isEmpty() {
        return gap == null && events.isEmpty();
    }
}
