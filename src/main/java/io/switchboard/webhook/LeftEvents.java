package io.switchboard.webhook;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.switchboard.store.Store;
import io.switchboard.store.StoreException;
import io.switchboard.store.Transaction;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Events that were stored for a durable webhook which is not durable any more, or does not exist
 * any more. At the start, a line in the log says how many there are. A webhook that is not durable
 * posts its own; those of listeners without a webhook are dropped when they are older than the
 * {@code max-age} with which they were stored.
 *
 * <p>A virtual thread does this. It ends when there are no events of listeners without a webhook.
 */
final class LeftEvents {
    private static final Logger log = LoggerFactory.getLogger(LeftEvents.class);
    private static final int DELETED_AT_ONCE = 500;
    private static final long SHORTEST_PAUSE = TimeUnit.SECONDS.toNanos(1);
    private static final long LONGEST_PAUSE = TimeUnit.HOURS.toNanos(1);

    /** The events of one listener. {@code expiresAt} is the end of the first one. */
    private record Left(String listener, long events, long expiresAt) {}

    private record Found(List<Left> left, Transaction in) {}

    private final Store store;
    private final MeterRegistry meters;
    private final Function<String, @Nullable Webhook> webhooks;
    private volatile @Nullable Thread thread;
    private volatile boolean stopped;

    /**
     * @param webhooks returns the webhook of a listener; null if it has none
     */
    LeftEvents(Store store, MeterRegistry meters, Function<String, @Nullable Webhook> webhooks) {
        this.store = store;
        this.meters = meters;
        this.webhooks = webhooks;
    }

    /** Starts the thread if there may be events. */
    void start() {
        if (store.exists()) {
            thread = Thread.ofVirtual().name("webhook-left").start(this::run);
        }
    }

    void stop() {
        stopped = true;
        LockSupport.unpark(thread);
    }

    private void run() {
        boolean first = true;
        long pause = 0;
        while (!stopped && pause != Long.MAX_VALUE) {
            try {
                Found found = store.read(this::find);
                if (first) {
                    first = false;
                    report(found.left());
                }
                pause = dropExpired(found);
            } catch (StoreException e) {
                log.debug("events of former webhooks: {}", e.getMessage());
                pause = TimeUnit.MINUTES.toNanos(1);
            } catch (InterruptedException e) {
                return;
            }
            if (pause != Long.MAX_VALUE) {
                LockSupport.parkNanos(Math.clamp(pause, SHORTEST_PAUSE, LONGEST_PAUSE));
            }
        }
    }

    private Found find(Transaction in) {
        List<Left> left = new ArrayList<>();
        for (String listener : EventRows.listeners(in)) {
            Webhook webhook = webhooks.apply(listener);
            if (webhook == null || !webhook.durable()) {
                EventRows.Span span = new EventRows(listener).span(in);
                if (span.events() > 0) {
                    left.add(new Left(listener, span.events(), span.firstExpiresAt()));
                }
            }
        }
        return new Found(left, in);
    }

    private void report(List<Left> left) {
        if (left.isEmpty()) {
            return;
        }
        log.warn(
                "events in the store are not of a durable webhook: {}",
                String.join(
                        ", ",
                        left.stream()
                                .map(
                                        each ->
                                                "%s: %d, %s"
                                                        .formatted(
                                                                Publication.ofKey(each.listener()),
                                                                each.events(),
                                                                webhooks.apply(each.listener())
                                                                                == null
                                                                        ? "dropped when they are older than max-age, because it "
                                                                                + Publication.ofKey(
                                                                                                each
                                                                                                        .listener())
                                                                                        .missing()
                                                                        : "posted now"))
                                .toList()));
    }

    /**
     * Drops what has expired of listeners without a webhook. Returns the nanoseconds until the next
     * event expires; the maximum if there is none.
     */
    private long dropExpired(Found found) throws InterruptedException {
        long pause = Long.MAX_VALUE;
        for (Left each : found.left()) {
            if (webhooks.apply(each.listener()) != null) {
                continue;
            }
            long wait = found.in().nanosAt(each.expiresAt()) - System.nanoTime();
            if (wait > 0) {
                pause = Math.min(pause, wait);
            } else {
                drop(each.listener());
                pause = 0; // looks when the next one expires
            }
        }
        return pause;
    }

    private void drop(String listener) throws InterruptedException {
        EventRows rows = new EventRows(listener);
        long all = 0;
        int some;
        do {
            some = store.writeAndWait(in -> rows.deleteExpired(in, DELETED_AT_ONCE));
            all += some;
        } while (some > 0 && !stopped);
        if (!store.shared()) {
            store.writeAndWait(rows::forgetRuns);
        }
        Publication publication = Publication.ofKey(listener);
        Counter.builder("switchboard." + publication.word() + ".given.up.events")
                .description(
                        "Events that the %s refused or did not accept in time"
                                .formatted(publication.receiver()))
                .baseUnit("events")
                .tag(publication.tag(), publication.name())
                .register(meters)
                .increment((double) all);
        log.warn(
                "{} {}: {} stored events older than their max-age dropped",
                publication,
                publication.missing(),
                all);
    }
}
