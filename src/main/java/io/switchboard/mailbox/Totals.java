package io.switchboard.mailbox;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.switchboard.mailbox.StoredMessage.State;
import io.switchboard.peer.Reach;
import io.switchboard.store.StoredBytes;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.stereotype.Component;

/**
 * How many messages wait for all names, and how many have ended. The first changes on the thread
 * {@code store}, in the order of the commits, so that it agrees with the database. Thread-safe.
 */
@Component
final class Totals {
    private final AtomicLong messages = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private final StoredBytes stored;
    private final Map<State, Counter> ended = new EnumMap<>(State.class);

    /** Whether the store has been opened; before that, there may be messages. */
    private volatile boolean known;

    Totals(StoredBytes stored, MeterRegistry meters) {
        this.stored = stored;
        Gauge.builder("switchboard.mailbox.messages", messages, AtomicLong::get)
                .description("Messages that are stored or being sent, for all names")
                .baseUnit("messages")
                .register(meters);
        Gauge.builder("switchboard.mailbox.size", bytes, AtomicLong::get)
                .description("Bytes of the messages that are stored or being sent")
                .baseUnit("bytes")
                .register(meters);
        Gauge.builder("switchboard.mailbox.limit", stored, StoredBytes::limit)
                .description("The most bytes of stored messages and events")
                .baseUnit("bytes")
                .register(meters);
        for (State each : EnumSet.range(State.ACKED, State.CANCELLED)) {
            ended.put(
                    each,
                    Counter.builder("switchboard.mailbox.ended")
                            .description(
                                    "Stored messages that were acknowledged, written, expired or cancelled")
                            .baseUnit("messages")
                            .tag("state", each.word())
                            .register(meters));
        }
    }

    void set(long allMessages, long allBytes) {
        messages.set(allMessages);
        stored.add(allBytes - bytes.getAndSet(allBytes));
        known = true;
    }

    void add(int more, long moreBytes) {
        messages.addAndGet(more);
        bytes.addAndGet(moreBytes);
        stored.add(moreBytes);
    }

    /** Counts a message that is stored no longer. */
    void ended(State state) {
        Counter counter = ended.get(state);
        if (counter != null) {
            counter.increment();
        }
    }

    /** Returns whether it is certain that no message waits. */
    boolean none() {
        return known && messages.get() <= 0;
    }

    long messages() {
        return messages.get();
    }

    long bytes() {
        return bytes.get();
    }

    /** Returns whether so many more bytes would exceed the limit of the store. */
    boolean full(long more) {
        return stored.bytes() + more > stored.limit();
    }

    /** Returns how full the store is, for people; not how full for who reaches only some names. */
    String amount(Reach reach) {
        if (!reach.includesAll()) {
            return "stored messages and events have reached switchboard.mailbox.total-max-bytes";
        }
        return "stored messages and events have %d bytes, and the limit is %d (switchboard.mailbox.total-max-bytes)"
                .formatted(stored.bytes(), stored.limit());
    }
}
