package io.switchboard.bridge;

import static io.switchboard.bridge.RedisBroker.bytes;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.fatal.FatalErrors;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.data.domain.Range;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.RedisStreamCommands.XClaimOptions;
import org.springframework.data.redis.connection.RedisStreamCommands.XPendingOptions;
import org.springframework.data.redis.connection.stream.ByteRecord;
import org.springframework.data.redis.connection.stream.Consumer;
import org.springframework.data.redis.connection.stream.PendingMessage;
import org.springframework.data.redis.connection.stream.ReadOffset;
import org.springframework.data.redis.connection.stream.RecordId;
import org.springframework.data.redis.connection.stream.StreamOffset;
import org.springframework.data.redis.connection.stream.StreamReadOptions;

/**
 * Reads the sends of a bridge from a Redis stream, as one consumer of its group.
 *
 * <p>An entry is acknowledged (XACK) when its send has ended. What this consumer had not
 * acknowledged when it stopped or lost Redis is read again at first. Entries of a consumer that has
 * disappeared are taken over after {@link #LOST_AFTER}; the entries in progress here are marked as
 * such more often than that (XCLAIM of its own entries), so that no other node takes them over.
 *
 * <p>A virtual thread {@code bridge-reads-NAME} reads, and it alone uses the fields without
 * volatile. Threads of the {@link SendIntake} acknowledge.
 */
final class RedisSends {
    private static final Logger log = LoggerFactory.getLogger(RedisSends.class);

    static final Duration LOST_AFTER = Duration.ofSeconds(60);
    private static final Duration HOUSEKEEPING = Duration.ofSeconds(15);
    private static final Duration BLOCK = Duration.ofMillis(500);
    private static final Duration PAUSE = Duration.ofMillis(250);
    private static final Duration FULL_PAUSE = Duration.ofMillis(2);
    private static final int AT_ONCE = 128;
    private static final int LARGE = 16 * 1024;

    private final String name;
    private final byte[] stream;
    private final String group;
    private final Consumer consumer;
    private final RedisConnectionFactory redis;
    private final SendIntake intake;

    /** The entries in progress. */
    private final Set<RecordId> inProgress = ConcurrentHashMap.newKeySet();

    /** Entries whose acknowledgement has failed, and which are acknowledged later. */
    private final Set<RecordId> unacknowledged = ConcurrentHashMap.newKeySet();

    private volatile @Nullable String problem;
    private volatile boolean stopping;
    private volatile @Nullable Thread thread;
    private boolean hasGroup;

    /** The last own entry that was read again; null when all of them have been. */
    private @Nullable RecordId readAgain = RecordId.of(0, 0);

    private int largest;
    private long nextHousekeeping = System.nanoTime();

    RedisSends(
            String name,
            BridgeProperties properties,
            String consumer,
            RedisConnectionFactory redis,
            SendIntake intake) {
        this.name = name;
        this.stream = bytes(Objects.requireNonNull(properties.sendsFrom()));
        this.group = properties.groupOf(name);
        this.consumer = Consumer.from(group, consumer);
        this.redis = redis;
        this.intake = intake;
    }

    void start() {
        thread = Thread.ofVirtual().name("bridge-reads-" + name).start(this::run);
    }

    /** Ends reading; waits for the thread. */
    void stop() {
        stopping = true;
        Thread running = thread;
        if (running != null) {
            LockSupport.unpark(running);
            try {
                running.join(Duration.ofSeconds(2));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    Optional<String> problem() {
        return Optional.ofNullable(problem);
    }

    private void run() {
        while (!stopping) {
            try {
                round();
                problem = null;
            } catch (DataAccessException e) {
                failed(RedisBroker.text(e));
            } catch (RuntimeException e) {
                FatalErrors.check(e);
                failed(e.toString());
            }
        }
    }

    private void failed(String reason) {
        if (problem == null && !stopping) {
            log.warn("bridge {}: sends cannot be read: {}", name, reason);
            problem = "cannot be read since " + Instant.now() + ": " + reason;
        }
        hasGroup = false; // Redis may come back empty
        readAgain = RecordId.of(0, 0);
        LockSupport.parkNanos(PAUSE.toNanos());
    }

    private void round() {
        try (RedisConnection connection = redis.getConnection()) {
            if (!hasGroup) {
                createGroup(connection);
            }
            long now = System.nanoTime();
            if (now - nextHousekeeping >= 0) {
                nextHousekeeping = now + HOUSEKEEPING.toNanos();
                keep(connection);
                takeOver(connection);
            }
            int room = Math.min(AT_ONCE, intake.room());
            if (room <= 0) {
                LockSupport.parkNanos(FULL_PAUSE.toNanos());
                return;
            }
            read(connection, largest > LARGE ? 1 : room);
        }
    }

    private void createGroup(RedisConnection connection) {
        try {
            connection.streamCommands().xGroupCreate(stream, group, ReadOffset.from("0"), true);
        } catch (DataAccessException e) {
            if (!RedisBroker.text(e).contains("BUSYGROUP")) { // it exists
                throw e;
            }
        }
        hasGroup = true;
    }

    @SuppressWarnings("unchecked") // an array of one generic type for the varargs
    private void read(RedisConnection connection, int count) {
        RecordId again = readAgain;
        StreamReadOptions options = StreamReadOptions.empty().count(count);
        List<ByteRecord> entries =
                connection
                        .streamCommands()
                        .xReadGroup(
                                consumer,
                                again == null ? options.block(BLOCK) : options,
                                StreamOffset.create(
                                        stream,
                                        again == null
                                                ? ReadOffset.lastConsumed()
                                                : ReadOffset.from(again)));
        if (entries == null || entries.isEmpty()) {
            readAgain = null;
            return;
        }
        if (again != null) {
            readAgain = entries.getLast().getId();
        }
        entries.forEach(this::accept);
    }

    private void accept(ByteRecord entry) {
        RecordId id = entry.getId();
        if (unacknowledged.contains(id)) {
            acknowledge(id);
            return;
        }
        if (!inProgress.add(id)) {
            return; // read again while its send is in progress
        }
        byte[] body = null;
        String key = null;
        byte[] correlation = null;
        for (var field : entry.getValue().entrySet()) {
            switch (new String(field.getKey(), UTF_8)) {
                case RedisBroker.BODY -> body = field.getValue();
                case RedisBroker.KEY -> key = new String(field.getValue(), UTF_8);
                case RedisBroker.CORRELATION -> correlation = field.getValue();
                default -> {} // fields of others
            }
        }
        byte[] request = body == null ? new byte[0] : body;
        largest = Math.max(request.length, largest - largest / 8);
        intake.accept(
                new SendRecord(id.getValue(), key, null, request, correlation),
                () -> acknowledge(id));
    }

    private void acknowledge(RecordId id) {
        try (RedisConnection connection = redis.getConnection()) {
            connection.streamCommands().xAck(stream, group, id);
            unacknowledged.remove(id);
        } catch (DataAccessException e) {
            unacknowledged.add(id); // the next read of own entries acknowledges it
        } finally {
            inProgress.remove(id);
        }
    }

    /** Marks the entries in progress as such, and acknowledges what could not be. */
    private void keep(RedisConnection connection) {
        List.copyOf(unacknowledged).forEach(this::acknowledge);
        RecordId[] ids = inProgress.toArray(RecordId[]::new);
        if (ids.length > 0) {
            connection
                    .streamCommands()
                    .xClaimJustId(
                            stream,
                            group,
                            consumer.getName(),
                            XClaimOptions.minIdle(Duration.ZERO).ids(ids));
        }
    }

    /** Takes over entries that another consumer has not acknowledged for too long. */
    private void takeOver(RedisConnection connection) {
        int room = Math.min(AT_ONCE, intake.room());
        if (room <= 0) {
            return;
        }
        RecordId[] lost =
                connection
                        .streamCommands()
                        .xPending(
                                stream,
                                group,
                                XPendingOptions.range(Range.unbounded(), (long) room)
                                        .minIdleTime(LOST_AFTER))
                        .stream()
                        .filter(each -> !inProgress.contains(each.getId()))
                        .map(PendingMessage::getId)
                        .toArray(RecordId[]::new);
        if (lost.length == 0) {
            return;
        }
        List<ByteRecord> entries =
                connection
                        .streamCommands()
                        .xClaim(stream, group, consumer.getName(), LOST_AFTER, lost);
        log.info(
                "bridge {}: {} sends taken over from consumers that have not ended them within {} s",
                name,
                entries.size(),
                LOST_AFTER.toSeconds());
        entries.forEach(this::accept);
    }
}
