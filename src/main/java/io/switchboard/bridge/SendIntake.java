package io.switchboard.bridge;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.switchboard.delivery.SendRequests;
import io.switchboard.delivery.SendRequests.Answer;
import io.switchboard.fatal.FatalErrors;
import io.switchboard.receive.RateLimitedLog;
import io.switchboard.webhook.EventPublisher.Outcome;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Executes the records that a bridge reads from its broker. Each record becomes one send, then its
 * report is published, and then the broker is told that the record is done:
 *
 * <pre>
 *   accept ──▶ waiting ──▶ sending ──┬──▶ report published ──▶ ended
 *              (its lane)   ▲    │   │                            ▲
 *                           │    │   └──▶ published as dead ──────┘
 *                           └────┘        (the record is no request)
 *                   429, 503, 507: nothing was sent
 *                   504 unknown: no answer of the peer's node
 * </pre>
 *
 * <p>Records with the same key, or without a key and with the same {@code to}, are executed one
 * after the other in the order in which the broker had them; a virtual thread does so while there
 * are some. Others are executed at the same time. The source of the records limits their number and
 * bytes: it passes no more while {@link #hasRoom} is false.
 *
 * <p>The monitor of this object guards the lanes and the counts. It is never held during a send.
 */
final class SendIntake {
    private static final Logger log = LoggerFactory.getLogger(SendIntake.class);

    /** The maximum number of records in progress, each of which has a thread at most. */
    static final int MAX_RECORDS = 500;

    /** How long a send is repeated that could not be made for now. */
    private static final Duration RETRY_FOR = Duration.ofSeconds(10);

    private static final Duration FIRST_PAUSE = Duration.ofMillis(20);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    /** Nothing was sent, and another attempt may succeed. */
    private static final Set<Integer> REPEATED = Set.of(429, 503, 507);

    private static final int TIMEOUT = 504;

    /**
     * The reason of a 504 if the node of the peer does not answer. The repetition has the same
     * idempotency key, so that the node sends the message once, also if it got both.
     */
    private static final String NO_ANSWER = "unknown";

    /** The record is no valid request, whenever it is tried. */
    private static final Set<Integer> INVALID = Set.of(400, 413, 415, 422);

    private static final int OVERHEAD = 256;
    private static final JsonFactory JSON = new JsonFactory();

    private record Waiting(SendRecord record, Runnable ended) {}

    private final String bridge;
    private final BridgeProperties properties;
    private final SendRequests requests;
    private final Broker broker;
    private final Counter sent;
    private final Counter failed;
    private final Counter invalid;
    private final RateLimitedLog invalidLog = new RateLimitedLog();
    private final RateLimitedLog unpublishedLog = new RateLimitedLog();
    private final Map<String, Deque<Waiting>> lanes = new HashMap<>();
    private int records;
    private long bytes;
    private volatile boolean started;
    private volatile boolean stopping;

    SendIntake(
            String bridge,
            BridgeProperties properties,
            SendRequests requests,
            Broker broker,
            MeterRegistry meters) {
        this.bridge = bridge;
        this.properties = properties;
        this.requests = requests;
        this.broker = broker;
        this.sent = counter(meters, "sent");
        this.failed = counter(meters, "failed");
        this.invalid = counter(meters, "invalid");
        Gauge.builder("switchboard.bridge.sends.in.progress", this, SendIntake::records)
                .description("Records of the broker whose send has not ended")
                .tag("bridge", bridge)
                .register(meters);
    }

    private Counter counter(MeterRegistry meters, String outcome) {
        return Counter.builder("switchboard.bridge.sends")
                .description("Records of the broker whose send has ended, by what became of it")
                .baseUnit("sends")
                .tag("bridge", bridge)
                .tag("outcome", outcome)
                .register(meters);
    }

    /** Begins to read records. Called once at most, when the service is ready. */
    void start() {
        broker.startSends(this);
        started = true;
    }

    /** Returns why no records can be read; empty if they can. */
    Optional<String> problem() {
        return started ? broker.problem() : Optional.of("not read before the service is ready");
    }

    /**
     * Takes a record; never blocks.
     *
     * @param ended called when the record needs no repetition; any thread
     */
    void accept(SendRecord record, Runnable ended) {
        String lane = lane(record);
        Waiting waiting = new Waiting(record, ended);
        synchronized (this) {
            records++;
            bytes += memory(record);
            Deque<Waiting> queue = lanes.get(lane);
            if (queue != null) {
                queue.addLast(waiting);
                return;
            }
            queue = new ArrayDeque<>(2);
            queue.addLast(waiting);
            lanes.put(lane, queue);
        }
        Thread.ofVirtual().name("bridge-sends-" + bridge).start(() -> run(lane));
    }

    private static int memory(SendRecord record) {
        return OVERHEAD + record.body().length;
    }

    /** Returns whether the source may pass more records. */
    synchronized boolean hasRoom() {
        return room() > 0;
    }

    /** Returns how many more records may be passed; 0 while they take their share of memory. */
    synchronized int room() {
        return bytes >= properties.queueBytes().toBytes() ? 0 : MAX_RECORDS - records;
    }

    synchronized int records() {
        return records;
    }

    private static String lane(SendRecord record) {
        if (record.name() != null) {
            return "to:" + record.name();
        }
        return record.key() == null ? "to:" + to(record.body()) : "key:" + record.key();
    }

    /** Returns the {@code to} of a request if it is one text; otherwise an empty text. */
    private static String to(byte[] body) {
        try (JsonParser in = JSON.createParser(ObjectReadContext.empty(), body)) {
            if (in.nextToken() == JsonToken.START_OBJECT) {
                while (in.nextToken() == JsonToken.PROPERTY_NAME) {
                    String field = in.currentName();
                    JsonToken value = in.nextToken();
                    if (field.equals("to")) {
                        return value == JsonToken.VALUE_STRING ? in.getString() : "";
                    }
                    in.skipChildren();
                }
            }
        } catch (JacksonException e) {
            return ""; // the send reports what is wrong
        }
        return "";
    }

    private void run(String lane) {
        for (Waiting next = next(lane, null); next != null; ) {
            Waiting current = next;
            try {
                execute(current);
            } catch (RuntimeException e) {
                FatalErrors.check(e);
                log.error("bridge {}: record {} failed", bridge, current.record().id(), e);
                giveUp(current);
            }
            next = next(lane, current);
        }
    }

    /** Removes the record that was executed, and returns the next one; null ends the lane. */
    private synchronized @Nullable Waiting next(String lane, @Nullable Waiting done) {
        Deque<Waiting> queue = lanes.get(lane);
        if (queue == null) {
            return null;
        }
        if (done != null) {
            queue.removeFirst();
            records--;
            bytes -= memory(done.record());
        }
        if (queue.isEmpty() || stopping) {
            records -= queue.size();
            lanes.remove(lane);
            notifyAll();
            return null;
        }
        return queue.getFirst();
    }

    /** Ends a record that has met a fault of the service: the broker passes on those behind it. */
    private void giveUp(Waiting waiting) {
        failed.increment();
        try {
            waiting.ended().run();
        } catch (RuntimeException e) {
            FatalErrors.check(e);
            log.error("bridge {}: record {} cannot be ended", bridge, waiting.record().id(), e);
        }
    }

    private void execute(Waiting waiting) {
        SendRecord record = waiting.record();
        Answer answer = send(record);
        if (stopping && mayBeRepeated(answer)) {
            return; // stays with the broker, which delivers it again
        }
        boolean isInvalid = INVALID.contains(answer.status());
        String results = properties.resultsTo();
        if (results != null && !publish(report(results, record, answer))) {
            return;
        }
        if (isInvalid) {
            invalidLog.log(
                    count ->
                            log.warn(
                                    "bridge {}: {} records are no valid request and went to {}; the last one is {}: {}",
                                    bridge,
                                    count,
                                    dead(),
                                    record.id(),
                                    answer.detail()));
            if (!publish(dead(record, answer))) {
                return;
            }
        }
        Counter outcome = answer.status() < 300 ? sent : failed;
        (isInvalid ? invalid : outcome).increment();
        waiting.ended().run();
    }

    private Answer send(SendRecord record) {
        SendRequests.Source source = new SendRequests.Source(bridge, record.id());
        long end = System.nanoTime() + RETRY_FOR.toNanos();
        Duration pause = FIRST_PAUSE;
        while (true) {
            Answer answer =
                    record.name() == null
                            ? requests.send(source, record.body())
                            : requests.send(source, record.name(), record.body());
            boolean again = mayBeRepeated(answer) && !stopping;
            if (!again || System.nanoTime() - end >= 0) {
                return answer;
            }
            LockSupport.parkNanos(pause.toNanos());
            pause = pause.multipliedBy(2);
            pause = pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
        }
    }

    private static boolean mayBeRepeated(Answer answer) {
        return REPEATED.contains(answer.status())
                || (answer.status() == TIMEOUT && answer.reason().equals(NO_ANSWER));
    }

    private static Outgoing report(String to, SendRecord record, Answer answer) {
        return new Outgoing(
                to,
                record.key() == null ? record.name() : record.key(),
                Map.of("record", record.id(), "status", Integer.toString(answer.status())),
                answer.json(),
                true,
                record.correlation(),
                false);
    }

    private String dead() {
        return properties.sendsFrom() + ".dead";
    }

    private Outgoing dead(SendRecord record, Answer answer) {
        return new Outgoing(
                dead(),
                record.key() == null ? record.name() : record.key(),
                Map.of(
                        "record",
                        record.id(),
                        "status",
                        Integer.toString(answer.status()),
                        "reason",
                        answer.reason(),
                        "detail",
                        answer.detail()),
                record.body(),
                record.name() == null,
                record.correlation(),
                false);
    }

    /** Publishes until the broker has the record; returns false if the service stops before. */
    private boolean publish(Outgoing record) {
        Duration pause = FIRST_PAUSE;
        while (true) {
            switch (broker.publish(record)) {
                case Outcome.Accepted() -> {
                    return true;
                }
                case Outcome.Refused(String reason) -> {
                    unpublished(record, reason, "was dropped");
                    return true;
                }
                case Outcome.Failed(String reason, Duration _) -> {
                    if (stopping) {
                        return false;
                    }
                    unpublished(record, reason, "is tried again");
                }
            }
            LockSupport.parkNanos(pause.toNanos());
            pause = pause.multipliedBy(2);
            pause = pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
        }
    }

    private void unpublished(Outgoing record, String reason, String consequence) {
        unpublishedLog.log(
                count ->
                        log.warn(
                                "bridge {}: {} times a record for {} could not be published, and {}: {}",
                                bridge,
                                count,
                                record.to(),
                                consequence,
                                reason));
    }

    /**
     * Begins no further send, and waits until those in progress have ended, up to a timeout. What
     * has not ended stays with the broker.
     */
    synchronized void stop(Duration timeout) {
        stopping = true;
        long end = System.nanoTime() + timeout.toNanos();
        boolean interrupted = false;
        while (!lanes.isEmpty() && !interrupted) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return;
            }
            try {
                wait(left);
            } catch (InterruptedException e) {
                interrupted = true;
                Thread.currentThread().interrupt();
            }
        }
    }
}
