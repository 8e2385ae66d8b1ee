package io.switchboard.inbound;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.switchboard.peer.DurationText;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerSession;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells one back end of the peers of one listener, and writes its answers to them.
 *
 * <p>Events of one peer are posted one after the other: the next one when the one before has been
 * heard or given up, and its answer been offered to the peer's outbox. Posts for different peers go
 * on at the same time, {@code parallel} at most: each holds a connection and the back end's
 * attention, and more of them would wait there and not here. Each who posts is a virtual thread
 * that lives while there is something to post.
 *
 * <p>An attempt that fails is repeated, after a time drawn between nothing and a limit that doubles
 * each time ("full jitter": many that fail together come back spread out), or after what the back
 * end asked for, if that is longer. Meanwhile it takes up no thread.
 */
final class Webhook {
    private static final Logger log = LoggerFactory.getLogger(Webhook.class);
    private static final Duration FIRST_LIMIT = Duration.ofMillis(100);
    private static final Duration LAST_LIMIT = Duration.ofSeconds(10);
    private static final int DOUBLINGS = 7;

    /** While the service stops there is no time to wait in. */
    private static final Duration LIMIT_WHEN_STOPPING = Duration.ofMillis(250);

    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final WebhookProperties properties;
    private final WebhookQueue queue;
    private final BackEnd backEnd;
    private final Listener listener;
    private final MeterRegistry meters;
    private final Counter posted;
    private final Counter retried;
    private final Counter givenUp;
    private final Counter dropped;
    private final Counter unwritten;
    private final Executor threads;
    private final BiConsumer<Runnable, Duration> later;
    private final Complaint givenUpLog = new Complaint();
    private final Complaint unwrittenLog = new Complaint();
    private final Complaint droppedLog = new Complaint();
    private volatile boolean stopping;

    /** Why the last attempt failed, and since when none has done better; null when one has. */
    private volatile @Nullable String trouble;

    /**
     * @param later runs a task after a time, on any thread
     */
    Webhook(
            Listener listener,
            WebhookProperties properties,
            WebhookQueue queue,
            BackEnd backEnd,
            MeterRegistry meters,
            Executor threads,
            BiConsumer<Runnable, Duration> later) {
        this.listener = listener;
        this.properties = properties;
        this.queue = queue;
        this.backEnd = backEnd;
        this.meters = meters;
        this.threads = threads;
        this.later = later;
        gauge(
                "events",
                WebhookQueue::events,
                "Events that wait for the back end, those under way included");
        gauge("bytes", WebhookQueue::bytes, "Memory of the events that wait for the back end");
        posted = counter("posted.events", "events", "Events that it has heard of");
        retried = counter("retries", "retries", "Attempts after the first");
        givenUp =
                counter(
                        "given.up.events",
                        "events",
                        "Events that were refused, or failed for too long");
        dropped = counter("dropped.events", "events", "Events for which the queue had no room");
        unwritten =
                counter(
                        "unwritten.answers",
                        "answers",
                        "Answers that are too long, or that the framing cannot carry");
    }

    private void gauge(String unit, ToDoubleFunction<WebhookQueue> value, String description) {
        Gauge.builder("switchboard.webhook.queued." + unit, queue, value)
                .description(description)
                .baseUnit(unit)
                .tag("listener", listener.name())
                .register(meters);
    }

    private Counter counter(String name, String unit, String description) {
        return Counter.builder("switchboard.webhook." + name)
                .description(description)
                .baseUnit(unit)
                .tag("listener", listener.name())
                .register(meters);
    }

    /** Begins to ask before a new peer is read. */
    void connected(PeerSession session) {
        WebhookQueue.Lane lane = new WebhookQueue.Lane(this, queue, session);
        session.intake(lane);
        event(lane, EventType.CONNECTED, session, null);
    }

    /** Queues an event that is no message, if the back end wants its type. */
    void event(
            WebhookQueue.Lane lane, EventType type, PeerSession session, @Nullable String reason) {
        if (type == EventType.CLOSED) {
            queue.left(lane);
        }
        if (properties.events().contains(type)) {
            added(queue.addLife(lane, type, EventPeer.of(session), reason));
        }
    }

    /** What was cut when its peer was closed by others may come after that. */
    void message(WebhookQueue.Lane lane, PeerSession session, InboundMessage message) {
        if (properties.events().contains(EventType.MESSAGE)) {
            added(queue.addMessage(lane, message.nanos(), Inbox.peer(session), message.payload()));
        }
    }

    private void added(WebhookQueue.Added added) {
        switch (added) {
            case WAITS -> {}
            case NEEDS_POSTER -> threads.execute(this::post);
            case DROPPED -> {
                dropped.increment();
                droppedLog.make(
                        count ->
                                log.warn(
                                        "listener {}: {} events dropped, the webhook's queue is full",
                                        listener.name(),
                                        count));
            }
        }
    }

    private void post() {
        for (WebhookQueue.Lane lane = queue.next(); lane != null; lane = queue.next()) {
            Event event = queue.first(lane);
            if (event != null) {
                post(lane, event);
            }
        }
    }

    private void post(WebhookQueue.Lane lane, Event event) {
        int before = lane.attempt(System.nanoTime());
        if (before > 0) {
            retried.increment();
        }
        switch (backEnd.post(lane, event)) {
            case BackEnd.Outcome.Heard heard -> {
                trouble = null;
                answer(lane, heard.answer());
                if (queue.done(lane)) {
                    posted.increment();
                }
            }
            case BackEnd.Outcome.Refused refused -> giveUp(lane, event, refused.why());
            case BackEnd.Outcome.Failed failed -> again(lane, event, before, failed);
        }
    }

    private void answer(WebhookQueue.Lane lane, byte[] answer) {
        PeerSession session = lane.session();
        if (answer.length == 0 || session == null) {
            return;
        }
        byte[] frame =
                HttpBackEnd.tooLong(answer) ? null : session.listener().encoder().frame(answer);
        if (frame != null) {
            session.say(frame);
            return;
        }
        unwritten.increment();
        unwrittenLog.make(
                count ->
                        log.warn(
                                "listener {}: {} answers of the webhook were not written: the last has {} bytes that are too long or that the framing {} cannot carry",
                                listener.name(),
                                count,
                                answer.length,
                                listener.framingOut()));
    }

    private void again(
            WebhookQueue.Lane lane, Event event, int before, BackEnd.Outcome.Failed failed) {
        if (trouble == null) {
            trouble = "failing since " + Instant.now() + ": " + failed.why();
        }
        long left = properties.giveUpAfter().toNanos() - (System.nanoTime() - lane.firstAttempt());
        if (left <= 0) {
            giveUp(lane, event, failed.why());
            return;
        }
        queue.rest(lane);
        // Asked only now: a stop that has not woken this lane has been said by now.
        long pause = Math.max(draw(before), stopping ? 0 : failed.pause().toNanos());
        later.accept(() -> added(queue.wake(lane)), Duration.ofNanos(Math.min(pause, left)));
    }

    private long draw(int before) {
        Duration limit = FIRST_LIMIT.multipliedBy(1L << Math.min(before, DOUBLINGS));
        Duration last = stopping ? LIMIT_WHEN_STOPPING : LAST_LIMIT;
        long nanos = Math.min(limit.toNanos(), last.toNanos());
        return ThreadLocalRandom.current().nextLong(nanos + 1);
    }

    private void giveUp(WebhookQueue.Lane lane, Event event, String why) {
        if (queue.done(lane)) {
            givenUp.increment();
            givenUpLog.make(
                    count ->
                            log.warn(
                                    "listener {}: {} events given up, the webhook did not take them; the last is number {} of {}: {}",
                                    listener.name(),
                                    count,
                                    event.seq(),
                                    event.peer().id(),
                                    why));
        }
    }

    /** For people: whether it hears, and how many events wait. */
    String state() {
        String why = trouble;
        return (why == null ? "ok" : why) + ", " + queue.events() + " events wait";
    }

    /**
     * Tries what waits until a time is over, and then gives it up; blocks the calling thread.
     * Afterwards nothing is taken any more.
     */
    void stop(Duration longest) {
        stopping = true;
        queue.resting().forEach(lane -> added(queue.wake(lane)));
        long end = System.nanoTime() + longest.toNanos();
        while (queue.events() > 0 && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(POLL_NANOS);
        }
        int left = queue.end();
        backEnd.close();
        givenUp.increment(left);
        if (left > 0) {
            log.warn(
                    "listener {}: {} events given up, the webhook did not take them within {} of the stop",
                    listener.name(),
                    left,
                    DurationText.of(longest));
        }
    }
}
