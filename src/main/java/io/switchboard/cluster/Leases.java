package io.switchboard.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lettuce.core.KeyValue;
import io.lettuce.core.Range;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.SetArgs;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.switchboard.node.Node;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who is there: each node renews a lease every second, and reads the others'. One that is not
 * renewed ends after five.
 *
 * <p>One thread renews and reads, and is the only one that changes anything here; the others look.
 * While Redis is away, and for a moment after, the others stay as they were last seen: Redis may
 * have forgotten all leases, and their nodes have to be given time to say again that they are
 * there.
 */
final class Leases {
    static final Duration LEASE = Duration.ofSeconds(5);
    private static final Duration RENEWAL = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    /** Since the first renewal after Redis was away. */
    private static final Duration GRACE = Duration.ofSeconds(3);

    /** From when on a node that nobody has heard of is left out of the index as well. */
    private static final long FORGOTTEN_SECONDS = 60;

    private static final Logger log = LoggerFactory.getLogger(Leases.class);

    /**
     * What is known.
     *
     * @param since in Redis' microseconds, from when on this node's lease has been renewed in time;
     *     what was asked of it before is no longer waited for
     */
    private record View(NavigableMap<String, Node> others, boolean renewed, long since) {}

    private final Bus bus;
    private final Keys keys;
    private final RedisClock clock;
    private final Supplier<Node> self;
    private final Semaphore wake = new Semaphore(0);
    private volatile View view = new View(new TreeMap<>(), false, Long.MAX_VALUE);
    private volatile boolean ended;
    private @Nullable Thread thread;

    // of the renewing thread
    private long lastRenewal;
    private long graceEnds;

    Leases(Bus bus, Keys keys, RedisClock clock, Supplier<Node> self) {
        this.bus = bus;
        this.keys = keys;
        this.clock = clock;
        this.self = self;
    }

    /** Begins to renew. */
    void start() {
        ended = false;
        thread = Thread.ofPlatform().daemon().name("cluster-lease").start(this::run);
    }

    /** Renews and reads now rather than within a second. From any thread. */
    void refresh() {
        wake.release();
    }

    /** Whether this node's lease was renewed when it last had to be. */
    boolean renewed() {
        return view.renewed();
    }

    /** See {@link View}. */
    long since() {
        return view.since();
    }

    /** Those that are there, by their ids. */
    List<Node> others() {
        return List.copyOf(view.others().values());
    }

    /** One of those that are there. */
    Optional<Node> known(String id) {
        return Optional.ofNullable(view.others().get(id));
    }

    private void run() {
        while (!ended) {
            try {
                round();
                wake.tryAcquire(RENEWAL.toMillis(), TimeUnit.MILLISECONDS);
                wake.drainPermits();
            } catch (InterruptedException e) {
                return; // by stop
            }
        }
    }

    private void round() throws InterruptedException {
        View before = view;
        try {
            view = renewAndRead(before);
            if (!before.renewed()) {
                log.info(
                        "cluster {}: this node is {}, the others are {}",
                        keys.cluster(),
                        self.get().id(),
                        view.others().keySet());
            } else if (!before.others().keySet().equals(view.others().keySet())) {
                log.info("cluster {}: the others are {}", keys.cluster(), view.others().keySet());
            }
        } catch (RedisException | ExecutionException | TimeoutException e) {
            if (before.renewed()) {
                log.warn(
                        "Redis is away, and this node is alone until it is back: {}", e.toString());
            }
            view = new View(before.others(), false, before.since());
        }
    }

    private View renewAndRead(View before)
            throws InterruptedException, ExecutionException, TimeoutException {
        RedisAsyncCommands<byte[], byte[]> redis = bus.commands();
        Node own = self.get();
        byte[] id = own.id().getBytes(UTF_8);
        long asked = System.nanoTime();
        RedisFuture<List<byte[]>> time = redis.time();
        RedisFuture<String> lease =
                redis.set(
                        keys.node(own.id()),
                        Lease.bytes(own),
                        SetArgs.Builder.px(LEASE.toMillis()));
        RedisFuture<List<byte[]>> index = redis.zrange(keys.nodes(), 0, -1);
        List<byte[]> told = time.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        long now = System.nanoTime();
        long seconds = number(told.getFirst());
        clock.set(TimeUnit.SECONDS.toMicros(seconds) + number(told.getLast()), asked, now);
        var _ = redis.zadd(keys.nodes(), (double) seconds, id);
        lease.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        boolean lapsed = !before.renewed() || now - lastRenewal > LEASE.toNanos();
        List<byte[]> ids = index.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        // started again within a second, Redis is not seen to be away, but has forgotten this node
        boolean forgotten = ids.stream().noneMatch(each -> Arrays.equals(each, id));
        if (!before.renewed() || forgotten) {
            graceEnds = now + GRACE.toNanos();
        }
        lastRenewal = now;
        NavigableMap<String, Node> others = read(redis, ids, own.id());
        if (now - graceEnds < 0) {
            before.others().forEach(others::putIfAbsent);
        } else {
            Range<Number> old = Range.create(0, seconds - FORGOTTEN_SECONDS);
            var _ = redis.zremrangebyscore(keys.nodes(), old);
        }
        return new View(others, true, lapsed ? clock.micros() : before.since());
    }

    private NavigableMap<String, Node> read(
            RedisAsyncCommands<byte[], byte[]> redis, List<byte[]> ids, String own)
            throws InterruptedException, ExecutionException, TimeoutException {
        List<byte[]> leases = new ArrayList<>();
        for (byte[] each : ids) {
            String id = new String(each, UTF_8);
            if (!id.equals(own)) {
                leases.add(keys.node(id));
            }
        }
        NavigableMap<String, Node> others = new TreeMap<>();
        if (!leases.isEmpty()) {
            List<KeyValue<byte[], byte[]>> read =
                    redis.mget(leases.toArray(byte[][]::new))
                            .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            for (KeyValue<byte[], byte[]> each : read) {
                Lease.of(each.getValueOrElse(null)).ifPresent(node -> others.put(node.id(), node));
            }
        }
        return others;
    }

    private static long number(byte[] text) {
        return Long.parseLong(new String(text, UTF_8));
    }

    /** Looks a node up that is not known yet. Waits up to a second. */
    Optional<Node> lookUp(String id) throws InterruptedException {
        try {
            return Lease.of(
                    bus.commands()
                            .get(keys.node(id))
                            .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
        } catch (RedisException | ExecutionException | TimeoutException e) {
            log.debug("looking {} up", id, e);
            return Optional.empty();
        }
    }

    /** Gives this node's lease back and stops renewing it. */
    void stop() {
        ended = true;
        Thread last = thread;
        if (last != null) {
            last.interrupt();
        }
        try {
            String id = self.get().id();
            RedisAsyncCommands<byte[], byte[]> redis = bus.commands();
            var _ = redis.zrem(keys.nodes(), id.getBytes(UTF_8));
            redis.del(keys.node(id)).get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RedisException | ExecutionException | TimeoutException e) {
            log.debug("the lease ends by itself", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
