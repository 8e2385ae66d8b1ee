package io.switchboard.http.admin;

import io.switchboard.peer.CloseReason;
import io.switchboard.peer.Listener;
import io.switchboard.peer.ListenerCounters;
import io.switchboard.peer.ListenerCounters.ListenerMetric;
import io.switchboard.peer.Listeners;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.context.SmartLifecycle;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.stereotype.Component;

/**
 * Samples the counters of all listeners together every 5 s, and keeps the samples of the last ten
 * minutes. Spring's scheduler takes the samples; this object's monitor guards them, and is a leaf.
 */
@Component
final class FigureSamples implements SmartLifecycle {
    static final Duration INTERVAL = Duration.ofSeconds(5);
    static final int MAX_SAMPLES = 120;

    /** The refused connections by reason. */
    private static final Map<String, ListenerMetric> REFUSALS =
            new TreeMap<>(
                    Map.of(
                            "limit", ListenerMetric.REFUSED_CONNECTIONS,
                            "handshake", ListenerMetric.FAILED_HANDSHAKES,
                            "accept_error", ListenerMetric.ACCEPT_ERRORS));

    /**
     * The sums over all listeners at one time. All but {@code peers} count from the start of the
     * service.
     *
     * @param seq the number of the sample, from 1; 0 for one that is not kept
     * @param refused connections that did not become peers, by reason
     * @param closed sessions that ended, by reason; a reason that has not occurred is absent
     * @param refusedMessages frames that an outbox refused
     */
    public record Sample(
            long seq,
            Instant at,
            int peers,
            long accepted,
            Map<String, Long> refused,
            Map<String, Long> closed,
            long receivedMessages,
            long receivedBytes,
            long sentMessages,
            long sentBytes,
            long refusedMessages) {}

    private final Listeners listeners;
    private final TaskScheduler scheduler;
    private final Deque<Sample> samples = new ArrayDeque<>(MAX_SAMPLES);
    private long last;
    private volatile boolean running;

    FigureSamples(Listeners listeners, TaskScheduler scheduler) {
        this.listeners = listeners;
        this.scheduler = scheduler;
    }

    @Override
    public void start() {
        running = true;
        var _ = scheduler.scheduleAtFixedRate(this::take, INTERVAL);
    }

    @Override
    public void stop() {
        running = false;
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Takes a sample and keeps it instead of the oldest one, if there are too many. */
    synchronized void take() {
        if (samples.size() == MAX_SAMPLES) {
            samples.removeFirst();
        }
        last++;
        samples.addLast(sample(last));
    }

    /** Returns the samples with a number above this one, oldest first. */
    synchronized List<Sample> after(long seq) {
        return samples.stream().filter(each -> each.seq() > seq).toList();
    }

    /** Returns a sample of this moment, which is not kept. */
    Sample now() {
        return sample(0);
    }

    private Sample sample(long seq) {
        int peers = 0;
        Map<ListenerMetric, Long> sums = new EnumMap<>(ListenerMetric.class);
        Map<String, Long> closed = new TreeMap<>();
        for (Listener listener : listeners.all()) {
            ListenerCounters counters = listener.counters();
            peers += counters.peers();
            for (ListenerMetric metric : ListenerMetric.values()) {
                sums.merge(metric, counters.get(metric), Long::sum);
            }
            for (CloseReason reason : CloseReason.values()) {
                long count = counters.closed(reason);
                if (count > 0) {
                    closed.merge(reason.word(), count, Long::sum);
                }
            }
        }
        Map<String, Long> refused = new LinkedHashMap<>();
        REFUSALS.forEach((reason, metric) -> refused.put(reason, sums.getOrDefault(metric, 0L)));
        return new Sample(
                seq,
                Instant.now().truncatedTo(ChronoUnit.MILLIS),
                peers,
                sums.getOrDefault(ListenerMetric.ACCEPTED, 0L),
                refused,
                closed,
                sums.getOrDefault(ListenerMetric.RECEIVED_MESSAGES, 0L),
                sums.getOrDefault(ListenerMetric.RECEIVED_BYTES, 0L),
                sums.getOrDefault(ListenerMetric.SENT_MESSAGES, 0L),
                sums.getOrDefault(ListenerMetric.SENT_BYTES, 0L),
                sums.getOrDefault(ListenerMetric.REFUSED_MESSAGES, 0L));
    }
}
