package io.switchboard.peer;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.switchboard.net.TimeHistogram;
import java.util.EnumMap;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The counters of one listener since the start. Meters read them when they are scraped.
 * Thread-safe.
 */
public final class ListenerCounters {
    /** The values that are counted for each listener; every constant is a meter. */
    public enum ListenerMetric {
        ACCEPTED("accepted.connections", "connections", "Connections that became peers"),
        REFUSED_CONNECTIONS(
                "refused.connections",
                "connections",
                "Connections refused because a limit was reached"),
        PROBES(
                "probe.connections",
                "connections",
                "Connections that were closed without a byte sent or received"),
        ACCEPT_ERRORS("accept.errors", "errors", "Failures of accept(2), such as EMFILE"),
        FAILED_HANDSHAKES(
                "failed.handshakes",
                "handshakes",
                "Connections that ended before they became peers"),
        OVERSIZED_DATAGRAMS(
                "oversized.datagrams",
                "datagrams",
                "Datagrams dropped because they were longer than max-frame"),
        UNREAD_DATAGRAMS(
                "unread.datagrams",
                "datagrams",
                "Datagrams dropped because reading from their peer was paused"),
        THROTTLED_READS(
                "throttled.reads",
                "reads",
                "Times that reading from a peer stopped because it exceeded a rate limit"),
        THROTTLED_DATAGRAMS(
                "throttled.datagrams",
                "datagrams",
                "Datagrams dropped because their peer exceeded a rate limit"),
        THROTTLED_CONNECTIONS(
                "throttled.connections",
                "connections",
                "Connections accepted later, and datagrams from new addresses dropped, because of"
                        + " connects-per-second"),
        RECEIVED_MESSAGES("received.messages", "messages", "Frames received"),
        RECEIVED_BYTES("received.bytes", "bytes", "Bytes received, framing included"),
        NOISE_BYTES("noise.bytes", "bytes", "Bytes received that belong to no frame, dropped"),
        UNFINISHED_FRAMES(
                "unfinished.frames",
                "frames",
                "Frames dropped because their peers ended the stream before the end of the frame"),
        SENT_MESSAGES("sent.messages", "messages", "Frames that the kernel accepted completely"),
        SENT_BYTES("sent.bytes", "bytes", "Bytes that the kernel accepted, framing included"),
        ANSWERED_MESSAGES(
                "answered.messages", "messages", "Requests to which a peer replied in time"),
        UNANSWERED_MESSAGES(
                "unanswered.messages",
                "messages",
                "Requests to which a peer did not reply in time"),
        REFUSED_MESSAGES("refused.messages", "messages", "Frames that an outbox refused"),
        FAILED_MESSAGES(
                "failed.messages", "messages", "Frames still queued when their session ended");

        private final String meter;
        private final String unit;
        private final String description;

        ListenerMetric(String meter, String unit, String description) {
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
    private final EnumMap<ListenerMetric, LongAdder> counts = adders(ListenerMetric.class);
    private final EnumMap<CloseReason, LongAdder> closes = adders(CloseReason.class);
    private volatile @Nullable Timer replies;
    private final List<Meter> registered = new CopyOnWriteArrayList<>();

    /** Registers the meters of the listener, which have the tag "listener". */
    void register(MeterRegistry meters, String listener) {
        gauge(meters, listener, "peers", "Connected peers", peers);
        gauge(
                meters,
                listener,
                "paused.peers",
                "Peers from which reading is paused because a queue is full",
                paused);
        for (ListenerMetric metric : ListenerMetric.values()) {
            counter(
                    meters,
                    listener,
                    metric.meter,
                    metric.unit,
                    metric.description,
                    adder(counts, metric));
        }
        for (CloseReason reason : CloseReason.values()) {
            String meter = "switchboard.closed." + reason.word() + ".connections";
            String description = "Sessions that ended with the reason " + reason.word();
            counter(meters, listener, meter, "connections", description, adder(closes, reason));
            registered.add(
                    FunctionCounter.builder(
                                    "switchboard.closed.connections",
                                    adder(closes, reason),
                                    LongAdder::sum)
                            .description("Sessions that ended, by reason")
                            .baseUnit("connections")
                            .tag("listener", listener)
                            .tag("reason", reason.word())
                            .register(meters));
        }
        Timer timer =
                TimeHistogram.builder("switchboard.reply")
                        .description("Time from a request with wait=reply to the reply of a peer")
                        .tag("listener", listener)
                        .register(meters);
        registered.add(timer);
        replies = timer;
    }

    private void counter(
            MeterRegistry meters,
            String listener,
            String name,
            String unit,
            String description,
            LongAdder adder) {
        registered.add(
                FunctionCounter.builder(name, adder, LongAdder::sum)
                        .description(description)
                        .baseUnit(unit)
                        .tag("listener", listener)
                        .register(meters));
    }

    private void gauge(
            MeterRegistry meters,
            String listener,
            String name,
            String description,
            AtomicInteger value) {
        registered.add(
                Gauge.builder("switchboard." + name, value, AtomicInteger::get)
                        .description(description)
                        .baseUnit("peers")
                        .tag("listener", listener)
                        .register(meters));
    }

    /** Removes the meters that {@link #register} has added. */
    void remove(MeterRegistry meters) {
        registered.forEach(meters::remove);
        registered.clear();
    }

    /** Adds to one counter. */
    public void add(ListenerMetric metric, long amount) {
        adder(counts, metric).add(amount);
    }

    /**
     * Counts a reply.
     *
     * @param nanos the time since its request
     */
    public void replied(long nanos) {
        add(ListenerMetric.ANSWERED_MESSAGES, 1);
        Timer timer = replies;
        if (timer != null) {
            timer.record(nanos, TimeUnit.NANOSECONDS);
        }
    }

    /** Returns the value of one counter. */
    public long get(ListenerMetric metric) {
        return adder(counts, metric).sum();
    }

    /** Returns how many sessions ended for this reason. */
    public long closed(CloseReason reason) {
        return adder(closes, reason).sum();
    }

    /** Returns the number of connected peers. */
    public int peers() {
        return peers.get();
    }

    /** Returns the number of peers from which reading is paused. */
    public int paused() {
        return paused.get();
    }

    void paused(int change) {
        paused.addAndGet(change);
    }

    void received(int messages, int bytes) {
        add(ListenerMetric.RECEIVED_MESSAGES, messages);
        add(ListenerMetric.RECEIVED_BYTES, bytes);
    }

    void sent(int messages, long bytes) {
        add(ListenerMetric.SENT_MESSAGES, messages);
        add(ListenerMetric.SENT_BYTES, bytes);
    }

    void opened() {
        peers.incrementAndGet();
        add(ListenerMetric.ACCEPTED, 1);
    }

    void closed(CloseReason reason, boolean probe) {
        peers.decrementAndGet();
        adder(closes, reason).increment();
        if (probe) {
            add(ListenerMetric.PROBES, 1);
        }
    }

    private static <E extends Enum<E>> EnumMap<E, LongAdder> adders(Class<E> type) {
        EnumMap<E, LongAdder> adders = new EnumMap<>(type);
        for (E each : type.getEnumConstants()) {
            adders.put(each, new LongAdder());
        }
        return adders;
    }

    private static <E extends Enum<E>> LongAdder adder(EnumMap<E, LongAdder> adders, E key) {
        return Objects.requireNonNull(adders.get(key));
    }
}
