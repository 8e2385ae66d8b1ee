package io.switchboard.webhook;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.switchboard.net.TimeHistogram;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** The meters of the webhook of one listener, or of one bridge. Thread-safe. */
final class WebhookMeters {
    private final Publication publication;
    private final WebhookQueue queue;
    private final Backlog backlog;
    private final MeterRegistry registry;
    private final List<Meter> gauges = new ArrayList<>();
    private final List<Meter> counters = new ArrayList<>();
    private final Counter posted;
    private final Counter retried;
    private final Counter givenUp;
    private final Counter dropped;

    /** Null for a bridge, which has no answers. */
    private final @Nullable Counter unwritten;

    private final Timer attempts;

    /**
     * @param answers whether an accepted event may have an answer for the peer
     */
    WebhookMeters(
            Publication publication,
            WebhookQueue queue,
            Backlog backlog,
            boolean answers,
            MeterRegistry registry) {
        this.publication = publication;
        this.queue = queue;
        this.backlog = backlog;
        this.registry = registry;
        gauge(
                "queued.events",
                "events",
                WebhookMeters::events,
                "Events that wait for the %s or are being sent to it"
                        .formatted(publication.receiver()));
        gauge(
                "queued.bytes",
                "bytes",
                each -> each.queue.bytes(),
                "Memory of the events that wait for the %s or are being sent to it"
                        .formatted(publication.receiver()));
        gauge(
                "unstored.events",
                "events",
                each -> each.backlog.pendingEvents(),
                "Events that a durable %s has not stored yet".formatted(publication.word()));
        gauge(
                "stored.bytes",
                "bytes",
                each -> each.backlog.storedBytes(),
                "Bytes in the store of the events that wait for the %s"
                        .formatted(publication.receiver()));
        posted =
                counter(
                        "posted.events",
                        "events",
                        "Events that the %s accepted".formatted(publication.receiver()));
        retried =
                counter(
                        "retries",
                        "retries",
                        "Attempts to send an event, except the first attempt of each event");
        givenUp =
                counter(
                        "given.up.events",
                        "events",
                        "Events that the %s refused or did not accept in time"
                                .formatted(publication.receiver()));
        dropped =
                counter(
                        "dropped.events",
                        "events",
                        "Events that were dropped because the queue was full");
        attempts = timer();
        unwritten =
                !answers
                        ? null
                        : counter(
                                "unwritten.answers",
                                "answers",
                                "Answers that were not written to the peer because they are too long, their memory was used up, or the framing cannot carry them");
    }

    private Timer timer() {
        Timer timer =
                TimeHistogram.builder("switchboard." + publication.word())
                        .description(
                                "Time of an attempt to send an event to the %s"
                                        .formatted(publication.receiver()))
                        .tag(publication.tag(), publication.name())
                        .register(registry);
        counters.add(timer);
        return timer;
    }

    private void gauge(
            String name, String unit, ToDoubleFunction<WebhookMeters> value, String description) {
        gauges.add(
                Gauge.builder("switchboard." + publication.word() + "." + name, this, value)
                        .description(description)
                        .baseUnit(unit)
                        .tag(publication.tag(), publication.name())
                        .register(registry));
    }

    private Counter counter(String name, String unit, String description) {
        Counter counter =
                Counter.builder("switchboard." + publication.word() + "." + name)
                        .description(description)
                        .baseUnit(unit)
                        .tag(publication.tag(), publication.name())
                        .register(registry);
        counters.add(counter);
        return counter;
    }

    /** Removes the gauges, which another webhook of the listener registers again. */
    void removeGauges() {
        gauges.forEach(registry::remove);
    }

    /** Removes the counters, which another webhook of the listener would continue. */
    void removeCounters() {
        counters.forEach(registry::remove);
    }

    /** Returns the number of events that wait, in memory or in the store. */
    long events() {
        return queue.notStored() + backlog.events();
    }

    Counter posted() {
        return posted;
    }

    Counter retried() {
        return retried;
    }

    Counter givenUp() {
        return givenUp;
    }

    Counter dropped() {
        return dropped;
    }

    /** Returns the counter of answers that were not written; null if there are no answers. */
    @Nullable Counter unwritten() {
        return unwritten;
    }

    Timer attempts() {
        return attempts;
    }
}
