package io.switchboard.webhook;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.switchboard.events.Event;
import io.switchboard.events.EventPeer;
import io.switchboard.events.EventType;
import io.switchboard.peer.DurationText;
import io.switchboard.peer.PeerSession;
import io.switchboard.receive.InboundMessage;
import io.switchboard.receive.RateLimitedLog;
import io.switchboard.store.Transaction;
import io.switchboard.store.Transaction.Outcome;
import io.switchboard.tracing.TraceContext;
import io.switchboard.tracing.TraceSpan;
import io.switchboard.tracing.Tracing;
import io.switchboard.webhook.WebhookQueue.AddResult;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The webhook of one listener: posts the events of its peers, and of messages that are stored for
 * names last seen there, to a back end, and writes the back end's answers to the peers. Or the
 * events of a bridge, which go to its broker in the same way and have no answers: the {@link
 * WebhookClient} is what differs.
 *
 * <p>The events of one peer are posted one after the other. An event is posted only after the back
 * end has accepted the previous one or that one has been given up, and after the previous answer
 * has been offered to the peer's outbox. Events of different peers are posted at the same time, by
 * {@code parallel} workers at most: each occupies a connection and the back end, and with more
 * workers, events would only wait in the back end instead of here. A worker is a virtual thread
 * that lives while there are events to post.
 *
 * <p>{@link WebhookRetries} repeats failed attempts. If the webhook is durable, events reach the
 * queue through a {@link Backlog}, which has them in the store until they leave the queue. If it is
 * not durable, the backlog posts what is left from a time when it was.
 */
final class Webhook {
    /** Finds the webhook of a listener after a change has made another one a former webhook. */
    interface Successor {

        /** Returns the webhook that the listener has now; null if it has none. */
        @Nullable Webhook webhook();

        /**
         * Gives a peer the webhook that its listener has now, and returns the peer's queue there;
         * null if the listener has none.
         */
        WebhookQueue.@Nullable PeerEventQueue move(PeerSession session);
    }

    private static final Logger log = LoggerFactory.getLogger(Webhook.class);
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final EventQueueSettings properties;
    private final WebhookQueue queue;
    private final Backlog backlog;
    private final WebhookClient client;
    private final Publication publication;
    private final WebhookMeters meters;
    private final Tracing tracing;
    private final Executor executor;
    private final WebhookRetries retries;
    private final RateLimitedLog givenUpLog = new RateLimitedLog();
    private final RateLimitedLog unwrittenLog = new RateLimitedLog();
    private final RateLimitedLog droppedLog = new RateLimitedLog();
    private final RateLimitedLog refusedLog = new RateLimitedLog();

    /** Gets the events that this webhook refuses; null unless it is a former one. */
    private volatile @Nullable Successor successor;

    /**
     * The time and reason of the first failed attempt since the last success; null if the last
     * attempt succeeded.
     */
    private volatile @Nullable String failure;

    /**
     * @param scheduler runs a task on any thread after a delay
     */
    Webhook(
            Publication publication,
            EventQueueSettings properties,
            WebhookQueue queue,
            Backlog backlog,
            WebhookClient client,
            MeterRegistry meters,
            Tracing tracing,
            Executor executor,
            BiConsumer<Runnable, Duration> scheduler) {
        this.publication = publication;
        this.properties = properties;
        this.queue = queue;
        this.backlog = backlog;
        this.client = client;
        this.meters = new WebhookMeters(publication, queue, backlog, client.answers(), meters);
        this.tracing = tracing;
        this.executor = executor;
        this.retries = new WebhookRetries(queue, scheduler, this::handle);
        backlog.attach(this, this::handle);
    }

    /** Makes this a former webhook: the events that it refuses from now on go to another one. */
    void succeededBy(Successor next) {
        successor = next;
    }

    /**
     * Refuses each new event from now on if nothing waits to be posted, except in the store;
     * returns whether events are refused.
     */
    boolean refuseIfIdle() {
        return queue.refuseIfIdle();
    }

    /** Returns how long an event can be retried, and posted. */
    Duration longestPost() {
        return properties.longestPost();
    }

    /** Removes the gauges, which another webhook of the listener registers again. */
    void removeGauges() {
        meters.removeGauges();
    }

    /** Removes the counters, which another webhook of the listener would continue. */
    void removeCounters() {
        meters.removeCounters();
    }

    boolean durable() {
        return properties.durable();
    }

    /** Returns whether an accepted event may have an answer for the peer. */
    boolean answers() {
        return client.answers();
    }

    /** Begins to post what earlier runs of the service have stored. */
    void start() {
        backlog.start();
    }

    /** Returns the queue of a new peer, for the caller to make it the read gate of the session. */
    WebhookQueue.PeerEventQueue queue(PeerSession session) {
        return queue
        .new PeerEventQueue(
                this,
                session,
                properties.durable() ? backlog.source(session.id().toString()) : null);
    }

    /** Queues an event other than a message, if its type is configured. */
    void event(
            WebhookQueue.PeerEventQueue peerQueue,
            EventType type,
            PeerSession session,
            @Nullable String reason) {
        add(
                peerQueue,
                session,
                type,
                System.nanoTime(),
                EventPeer.of(session),
                null,
                false,
                reason,
                null);
    }

    /**
     * Queues a message, if messages are configured. The message may follow the closed event:
     * another thread can close a peer while its event loop extracts frames from the last read.
     */
    void message(
            WebhookQueue.PeerEventQueue peerQueue, PeerSession session, InboundMessage message) {
        if (!properties.events().contains(EventType.MESSAGE)) {
            return;
        }
        try (TraceSpan span = tracing.message("message")) {
            if (span != null && span.recorded()) {
                span.set("switchboard.listener", session.listener().name());
                span.set("switchboard.peer", session.id().toString());
                span.set("switchboard.bytes", message.size());
            }
            add(
                    peerQueue,
                    session,
                    EventType.MESSAGE,
                    message.nanos(),
                    EventPeer.shared(session),
                    message.payload(),
                    message.incomplete(),
                    null,
                    tracing.context());
        }
    }

    private void add(
            WebhookQueue.PeerEventQueue peerQueue,
            PeerSession session,
            EventType type,
            long nanos,
            EventPeer peer,
            byte @Nullable [] payload,
            boolean incomplete,
            @Nullable String reason,
            @Nullable TraceContext trace) {
        if (type == EventType.CLOSED) {
            queue.peerClosed(peerQueue);
        }
        if (properties.durable()) {
            handle(backlog.add(peerQueue, type, nanos, peer, payload, incomplete, reason, trace));
            if (type == EventType.CLOSED) {
                backlog.closed(peerQueue);
            }
        } else if (properties.events().contains(type)) {
            AddResult result =
                    queue.add(peerQueue, type, nanos, peer, payload, incomplete, reason, trace);
            Successor next = successor; // set before the queue refuses events
            if (result != AddResult.CLOSED || next == null) {
                handle(result);
                return;
            }
            WebhookQueue.PeerEventQueue now = next.move(session);
            if (now != null) {
                now.webhook()
                        .add(now, session, type, nanos, peer, payload, incomplete, reason, trace);
            }
        }
    }

    /**
     * Stores an event of a stored message in the transaction that changes the message, if its type
     * is configured and the webhook is durable.
     */
    void store(
            Transaction in, EventType type, Event.Stored message, @Nullable PeerSession session) {
        if (properties.durable() && properties.events().contains(type)) {
            AddResult result = backlog.store(in, type, peer(session), message);
            in.whenEnded(
                    outcome -> {
                        if (outcome != Outcome.ROLLED_BACK) {
                            handle(result);
                        }
                    });
        }
    }

    /**
     * Queues an event of a stored message, if its type is configured and {@link #store} has not
     * stored it.
     */
    void stored(EventType type, Event.Stored message, @Nullable PeerSession session) {
        if (properties.durable() || !properties.events().contains(type)) {
            return;
        }
        AddResult result = queue.add(this, type, peer(session), message);
        Successor next = successor; // set before the queue refuses events
        if (result != AddResult.CLOSED || next == null) {
            handle(result);
            return;
        }
        Webhook now = next.webhook();
        if (now != null) {
            now.stored(type, message, session);
        }
    }

    private static @Nullable EventPeer peer(@Nullable PeerSession session) {
        return session == null ? null : EventPeer.of(session);
    }

    private void handle(WebhookQueue.AddResult result) {
        switch (result) {
            case QUEUED -> {}
            case NEEDS_WORKER -> executor.execute(this::post);
            case DROPPED -> {
                meters.dropped().increment();
                droppedLog.log(
                        count ->
                                log.warn(
                                        "{}: {} events dropped because the queue of the {} is full ({})",
                                        publication,
                                        count,
                                        publication.word(),
                                        publication.configurationKey("queue")
                                                + ", "
                                                + publication.configurationKey("queue-bytes")
                                                + ", webhook.queues-max"
                                                + (properties.durable()
                                                        ? ", mailbox.total-max-bytes"
                                                        : "")));
            }
            case CLOSED -> {
                meters.dropped().increment();
                refusedLog.log(
                        count ->
                                log.warn(
                                        "{}: {} events dropped because the {} has stopped",
                                        publication,
                                        count,
                                        publication.word()));
            }
        }
    }

    private void post() {
        for (WebhookQueue.PeerEventQueue peerQueue = queue.next();
                peerQueue != null;
                peerQueue = queue.next()) {
            QueuedEvent event = queue.first(peerQueue);
            if (event != null) {
                post(peerQueue, event);
            }
        }
    }

    private void post(WebhookQueue.PeerEventQueue peerQueue, QueuedEvent event) {
        long now = System.nanoTime();
        if (event instanceof QueuedEvent.InStore stored && stored.expired(now)) {
            giveUp(
                    peerQueue,
                    event,
                    "it is older than %s (%s)"
                            .formatted(
                                    DurationText.of(properties.maxAge()),
                                    publication.configurationKey("max-age")));
            return;
        }
        int earlierAttempts = peerQueue.attempt(now);
        if (earlierAttempts > 0) {
            meters.retried().increment();
        }
        switch (attempt(peerQueue, event, earlierAttempts)) {
            case WebhookClient.Outcome.Accepted accepted -> {
                failure = null;
                try {
                    writeAnswer(peerQueue, accepted.answer());
                } finally {
                    accepted.release().run();
                }
                if (done(peerQueue, event)) {
                    meters.posted().increment();
                }
            }
            case WebhookClient.Outcome.Refused refused ->
                    giveUp(peerQueue, event, refused.reason());
            case WebhookClient.Outcome.Failed(String reason, Duration retryAfter) -> {
                if (failure == null) {
                    failure = "failing since " + Instant.now() + ": " + reason;
                }
                long left = nanosLeft(peerQueue, event);
                if (!retries.schedule(peerQueue, earlierAttempts, retryAfter, left)) {
                    giveUp(peerQueue, event, reason);
                }
            }
        }
    }

    /** Posts an event once, in a span of the message's trace. */
    private WebhookClient.Outcome attempt(
            WebhookQueue.PeerEventQueue peerQueue, QueuedEvent event, int earlierAttempts) {
        try (TraceSpan span = tracing.post(publication.word(), event.trace())) {
            long began = System.nanoTime();
            WebhookClient.Outcome outcome = client.post(peerQueue, event);
            meters.attempts().record(System.nanoTime() - began, TimeUnit.NANOSECONDS);
            if (span != null && span.recorded()) {
                client.describe(span);
                span.set("switchboard." + publication.tag(), publication.name());
                span.set("switchboard.event", event.seq());
                span.set("switchboard.attempt", earlierAttempts + 1L);
                switch (outcome) {
                    case WebhookClient.Outcome.Accepted _ -> {}
                    case WebhookClient.Outcome.Refused(String reason) -> span.failed(reason);
                    case WebhookClient.Outcome.Failed(String reason, var _) -> span.failed(reason);
                }
            }
            return outcome;
        }
    }

    /** Returns the time until the event that was being posted must be given up. */
    private long nanosLeft(WebhookQueue.PeerEventQueue peerQueue, QueuedEvent event) {
        long now = System.nanoTime();
        return switch (event) {
            case QueuedEvent.InMemory _ ->
                    properties.giveUpAfter().toNanos() - (now - peerQueue.firstAttempt());
            case QueuedEvent.InStore stored -> stored.deadline() - now;
        };
    }

    /** Removes the posted event. A half-closed peer is closed if it was the last one. */
    private boolean done(WebhookQueue.PeerEventQueue peerQueue, QueuedEvent event) {
        boolean removed = queue.done(peerQueue);
        if (removed && event instanceof QueuedEvent.InStore stored) {
            backlog.left(peerQueue, stored);
        }
        PeerSession session = peerQueue.session();
        if (session != null) {
            session.answered();
        }
        return removed;
    }

    /**
     * @param answer null if it is too long or there was too little memory for it
     */
    private void writeAnswer(WebhookQueue.PeerEventQueue peerQueue, byte @Nullable [] answer) {
        PeerSession session = peerQueue.session();
        if (session == null || (answer != null && answer.length == 0)) {
            return;
        }
        Counter notWritten = meters.unwritten();
        if (notWritten == null) {
            throw new IllegalStateException(publication + " has an answer for a peer");
        }
        byte[] frame = answer == null ? null : session.listener().encoder().frame(answer);
        if (frame != null) {
            session.send(frame);
            return;
        }
        notWritten.increment();
        unwrittenLog.log(
                count ->
                        log.warn(
                                "{}: {} answers of the webhook were not written to the peer; the last one {}",
                                publication,
                                count,
                                answer == null
                                        ? "is too long, or the answers of all webhooks have too much memory (budget webhook.answers)"
                                        : "has %d bytes, and the framing %s cannot carry it"
                                                .formatted(
                                                        answer.length,
                                                        session.listener().framingOut())));
    }

    private void giveUp(WebhookQueue.PeerEventQueue peerQueue, QueuedEvent event, String reason) {
        if (done(peerQueue, event)) {
            meters.givenUp().increment();
            givenUpLog.log(
                    count ->
                            log.warn(
                                    "{}: {} events given up because the {} did not accept them; the last one is event {} of {}: {}",
                                    publication,
                                    count,
                                    publication.word(),
                                    event.seq(),
                                    subject(event),
                                    reason));
        }
    }

    private static String subject(QueuedEvent queued) {
        return switch (queued) {
            case QueuedEvent.InMemory(Event event, _) -> {
                EventPeer peer = event.peer();
                yield peer == null ? "a stored message" : "peer " + peer.id();
            }
            case QueuedEvent.InStore stored -> "peer " + stored.source().peer();
        };
    }

    /** Returns why events cannot be sent or stored; empty if they can. */
    Optional<String> problem() {
        String current = failure;
        return current != null
                ? Optional.of(current)
                : properties.durable() ? backlog.problem() : Optional.empty();
    }

    /** Returns the state for people: whether posts succeed, and the number of waiting events. */
    String state() {
        String current = failure;
        String problem = properties.durable() ? backlog.problem().orElse(null) : null;
        return (current == null ? "ok" : current)
                + (problem == null ? "" : ", " + problem)
                + ", %d events wait".formatted(meters.events());
    }

    /**
     * Posts the waiting events until a timeout, and gives up the rest, or leaves it in the store;
     * blocks the calling thread. Every later event is dropped.
     */
    void stop(Duration timeout) {
        retries.stop();
        long end = System.nanoTime() + timeout.toNanos();
        while (!stopped() && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(POLL_NANOS);
        }
        end(
                "the %s did not accept them within %s of the shutdown"
                        .formatted(
                                properties.durable() ? "store" : publication.word(),
                                DurationText.of(timeout)));
    }

    /**
     * Gives up at once what waits for this former webhook, because another change makes its
     * successor a former one, too. What is in the store stays there.
     */
    void abandon() {
        retries.stop();
        end("they waited for a former webhook, and the webhook was changed again");
    }

    private void end(String reason) {
        int left = queue.close();
        client.close();
        left += backlog.stop();
        meters.givenUp().increment(left);
        if (left > 0) {
            log.warn("{}: {} events given up because {}", publication, left, reason);
        }
    }

    /**
     * Returns whether everything is posted. What is in the store need not be, if the back end does
     * not accept it now.
     */
    private boolean stopped() {
        return queue.notStored() == 0
                && backlog.pendingEvents() == 0
                && (backlog.events() == 0 || failure != null);
    }
}
