package io.switchboard.web;

import io.switchboard.inbound.EventFilter;

/**
 * What one node asks another for its events by.
 *
 * @param after the number of the last event that is known, or {@link #NOW} or {@link #START}
 */
record EventAsk(EventFilter filter, long after) {
    /** What happens from now on: the answer says where that is, and has no events. */
    static final long NOW = -1;

    /** From that node's first event on; a number that none has. */
    static final long START = 0;
}
