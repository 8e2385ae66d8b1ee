package io.switchboard.inbound;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.switchboard.peer.Listener;

/** The meters of one webhook. */
record WebhookCounters(
        Counter posted, Counter retried, Counter givenUp, Counter dropped, Counter unwritten) {

    static WebhookCounters register(MeterRegistry meters, Listener listener, WebhookQueue queue) {
        Gauge.builder("switchboard.webhook.queued.events", queue, WebhookQueue::events)
                .description("Events that wait for the back end, those under way included")
                .baseUnit("events")
                .tag("listener", listener.name())
                .register(meters);
        Gauge.builder("switchboard.webhook.queued.bytes", queue, WebhookQueue::bytes)
                .description("Memory of the events that wait for the back end")
                .baseUnit("bytes")
                .tag("listener", listener.name())
                .register(meters);
        return new WebhookCounters(
                counter(meters, listener, "posted.events", "events", "Events that it has heard of"),
                counter(meters, listener, "retries", "retries", "Attempts after the first"),
                counter(
                        meters,
                        listener,
                        "given.up.events",
                        "events",
                        "Events that were refused, or failed for too long"),
                counter(
                        meters,
                        listener,
                        "dropped.events",
                        "events",
                        "Events for which the queue had no room"),
                counter(
                        meters,
                        listener,
                        "unwritten.answers",
                        "answers",
                        "Answers that are too long, or that the framing cannot carry"));
    }

    private static Counter counter(
            MeterRegistry meters, Listener listener, String name, String unit, String description) {
        return Counter.builder("switchboard.webhook." + name)
                .description(description)
                .baseUnit(unit)
                .tag("listener", listener.name())
                .register(meters);
    }
}
