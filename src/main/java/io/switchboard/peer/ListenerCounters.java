package io.switchboard.peer;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** The sums of one listener: plain adders, which meters read when somebody asks. Thread-safe. */
public final class ListenerCounters {
    /** What is counted for each listener; every constant is a meter. */
    public enum Count {
        ACCEPTED("accepted.connections", "connections", "Connections that became peers"),
        TURNED_AWAY("refused.connections", "connections", "Connections refused at a limit"),
        PROBES(
                "probe.connections",
                "connections",
                "Connections that left without a byte either way"),
        ACCEPT_ERRORS("accept.errors", "errors", "Failures of accept(2), such as EMFILE"),
        FAILED_HANDSHAKES(
                "failed.handshakes",
                "handshakes",
                "Connections that left, or were closed, as no peer"),
        OVERSIZED_DATAGRAMS(
                "oversized.datagrams",
                "datagrams",
                "Datagrams longer than max-frame, which were dropped"),
        UNREAD_DATAGRAMS(
                "unread.datagrams",
                "datagrams",
                "Datagrams of peers that were not read then, which were dropped"),
        RECEIVED_MESSAGES("received.messages", "messages", "Frames received"),
        RECEIVED_BYTES("received.bytes", "bytes", "Bytes received, framing included"),
        SENT_MESSAGES("sent.messages", "messages", "Frames of which the kernel took every byte"),
        SENT_BYTES("sent.bytes", "bytes", "Bytes that the kernel took, framing included"),
        ANSWERED_MESSAGES("answered.messages", "messages", "Questions that peers answered in time"),
        UNANSWERED_MESSAGES("unanswered.messages", "messages", "Questions that they did not"),
        REFUSED_MESSAGES("refused.messages", "messages", "Frames that an outbox did not take"),
        FAILED_MESSAGES(
                "failed.messages", "messages", "Frames that waited when their session ended");

        private final String meter;
        private final String unit;
        private final String description;

        Count(String meter, String unit, String description) {
            this.meter = "switchboard." + meter;
            this.unit = unit;
            this.description = description;
        }

        String meter() {
            return meter;
        }
    }

    private final AtomicInteger peers = new AtomicInteger();
    private final AtomicInteger paused = new AtomicInteger();
    private final EnumMap<Count, LongAdder> counts = adders(Count.class);
    private final EnumMap<CloseReason, LongAdder> closes = adders(CloseReason.class);

    /** Registers a meter, tagged with the listener's name, for each count and each close reason. */
    void register(MeterRegistry meters, String listener) {
        gauge(meters, listener, "peers", "Peers connected now", peers);
        gauge(
                meters,
                listener,
                "paused.peers",
                "Peers of which nothing is read now: it could not be taken",
                paused);
        for (Count count : Count.values()) {
            counter(
                    meters,
                    listener,
                    count.meter,
                    count.unit,
                    count.description,
                    adder(counts, count));
        }
        for (CloseReason reason : CloseReason.values()) {
            String meter = "switchboard.closed." + reason.word() + ".connections";
            String text = "Sessions that ended with the reason " + reason.word();
            counter(meters, listener, meter, "connections", text, adder(closes, reason));
        }
    }

    private static void counter(
            MeterRegistry meters,
            String listener,
            String name,
            String unit,
            String text,
            LongAdder sum) {
        FunctionCounter.builder(name, sum, LongAdder::sum)
                .description(text)
                .baseUnit(unit)
                .tag("listener", listener)
                .register(meters);
    }

    private static void gauge(
            MeterRegistry meters, String listener, String name, String text, AtomicInteger value) {
        Gauge.builder("switchboard." + name, value, AtomicInteger::get)
                .description(text)
                .baseUnit("peers")
                .tag("listener", listener)
                .register(meters);
    }

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
