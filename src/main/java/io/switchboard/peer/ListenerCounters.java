package io.switchboard.peer;

import java.util.EnumMap;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** The sums of one listener: plain adders, which meters read when somebody asks. Thread-safe. */
public final class ListenerCounters {
    private final AtomicInteger peers = new AtomicInteger();
    private final AtomicInteger paused = new AtomicInteger();
    private final EnumMap<Count, LongAdder> counts = adders(Count.class);
    private final EnumMap<CloseReason, LongAdder> closes = adders(CloseReason.class);

    /** Adds to one sum. */
    public void add(Count count, long amount) {
        adder(counts, count).add(amount);
    }

    /** One sum, since the start. */
    public long get(Count count) {
        return adder(counts, count).sum();
    }

    /** How many sessions ended for this reason, since the start. */
    public long closed(CloseReason reason) {
        return adder(closes, reason).sum();
    }

    /** Peers connected now. */
    public int peers() {
        return peers.get();
    }

    /** Peers of which nothing is read now. */
    public int paused() {
        return paused.get();
    }

    void paused(int change) {
        paused.addAndGet(change);
    }

    void received(int messages, int bytes) {
        add(Count.RECEIVED_MESSAGES, messages);
        add(Count.RECEIVED_BYTES, bytes);
    }

    void sent(int messages, long bytes) {
        add(Count.SENT_MESSAGES, messages);
        add(Count.SENT_BYTES, bytes);
    }

    void opened() {
        peers.incrementAndGet();
        add(Count.ACCEPTED, 1);
    }

    void closed(CloseReason reason, boolean probe) {
        peers.decrementAndGet();
        adder(closes, reason).increment();
        if (probe) {
            add(Count.PROBES, 1);
        }
    }

    private static <E extends Enum<E>> EnumMap<E, LongAdder> adders(Class<E> type) {
        EnumMap<E, LongAdder> adders = new EnumMap<>(type);
        for (E each : type.getEnumConstants()) {
            adders.put(each, new LongAdder());
        }
        return adders;
    }

    private static <E extends Enum<E>> LongAdder adder(EnumMap<E, LongAdder> adders, E which) {
        return Objects.requireNonNull(adders.get(which));
    }
}
