package io.switchboard.cluster.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lettuce.core.KeyValue;
import io.lettuce.core.Range;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.SetArgs;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.switchboard.cluster.Node;
import io.switchboard.cluster.RpcCodec;
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
 * The membership of the cluster. Each node renews a lease in Redis every second and reads the
 * leases of the others; a lease that is not renewed expires after five seconds.
 *
 * <p>One thread renews and reads, and only that thread changes the {@link View}. While Redis is
 * unavailable, and for three seconds after, the other nodes stay listed as they were last seen:
 * Redis may have lost all leases, and the nodes need time to renew them.
 */
final class Membership {
    static final Duration LEASE = Duration.ofSeconds(5);
    private static final Duration RENEWAL = Duration.ofSeconds(1);

    /** The time between two rounds while a lease of a lost node is about to expire. */
    private static final Duration RENEWAL_AFTER_LOSS = Duration.ofMillis(200);

    private static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(1);

    /** The time, from the first renewal after Redis was unavailable, in which all nodes renew. */
    private static final Duration GRACE = Duration.ofSeconds(3);

    /** A node without a renewal for this time is removed from the sorted set of node ids. */
    private static final long INDEX_SECONDS = 60;

    private static final Logger log = LoggerFactory.getLogger(Membership.class);

    /**
     * The result of the last renewal round.
     *
     * @param others by id
     * @param renewed whether the last renewal of this node's lease succeeded
     * @param since the time, in microseconds by Redis' clock, since which this node's lease has
     *     been valid without interruption; a request that was sent before is not executed, because
     *     its caller saw the lease expire and has given up
     */
    record View(NavigableMap<String, Node> others, boolean renewed, long since) {}

    private final RedisBus bus;
    private final Keys keys;
    private final RedisClock clock;
    private final Supplier<Node> self;
    private final Semaphore wake = new Semaphore(0);
    private volatile View view = new View(new TreeMap<>(), false, Long.MAX_VALUE);
    private volatile boolean ended;
    private @Nullable Thread thread;

    /** {@link System#nanoTime} at which the lease of the node that was lost last has expired. */
    private volatile long lossEnds = System.nanoTime();

    // used by the renewing thread only
    private long lastRenewal;
    private long graceEnds;
    private final NodeNames nodeNames = new NodeNames();

    Membership(RedisBus bus, Keys keys, RedisClock clock, Supplier<Node> self) {
        this.bus = bus;
        this.keys = keys;
        this.clock = clock;
        this.self = self;
    }

    void start() {
        ended = false;
        thread = Thread.ofPlatform().daemon().name("cluster-lease").start(this::run);
    }

    /** Starts a renewal round now instead of within a second. Any thread may call it. */
    void refresh() {
        wake.release();
    }

    /**
     * Reads the leases more often until that of a lost node has expired, so that its peers are
     * listed no longer than its lease lasts. Any thread may call it.
     */
    void nodeLost() {
        long now = System.nanoTime();
        boolean first = lossEnds - now <= 0;
        lossEnds = now + LEASE.toNanos();
        if (first) {
            refresh();
        }
    }

    View view() {
        return view;
    }

    /** Returns the other nodes, ordered by id. */
    List<Node> others() {
        return List.copyOf(view.others().values());
    }

    private void run() {
        while (!ended) {
            try {
                renew();
                pause();
            } catch (InterruptedException e) {
                return; // stop() interrupts this thread
            }
        }
    }

    private void pause() throws InterruptedException {
        Duration pause = lossEnds - System.nanoTime() > 0 ? RENEWAL_AFTER_LOSS : RENEWAL;
        wake.tryAcquire(pause.toMillis(), TimeUnit.MILLISECONDS);
        wake.drainPermits();
    }

    private void renew() throws InterruptedException {
        View before = view;
        try {
            view = renewAndRead(before);
            nodeNames.look(self.get(), view.others().values(), System.nanoTime());
            if (!before.renewed()) {
                log.info(
                        "cluster {}: this node is {}, the other nodes are {}",
                        keys.cluster(),
                        self.get().id(),
                        view.others().keySet());
            } else if (!before.others().keySet().equals(view.others().keySet())) {
                log.info(
                        "cluster {}: the other nodes are {}",
                        keys.cluster(),
                        view.others().keySet());
            }
        } catch (RedisException | ExecutionException | TimeoutException e) {
            if (before.renewed()) {
                log.warn(
                        "cluster {}: Redis does not answer, and this node serves only its own peers until it does: {}",
                        keys.cluster(),
                        e.toString());
            }
            view = new View(before.others(), false, before.since());
        }
    }

    private View renewAndRead(View before)
            throws InterruptedException, ExecutionException, TimeoutException {
        RedisAsyncCommands<byte[], byte[]> redis = bus.commands();
        Node own = self.get();
        byte[] id = own.id().getBytes(UTF_8);
        long sent = System.nanoTime();
        RedisFuture<List<byte[]>> time = redis.time();
        RedisFuture<String> lease =
                redis.set(
                        keys.node(own.id()),
                        RpcCodec.encode(own),
                        SetArgs.Builder.px(LEASE.toMillis()));
        RedisFuture<List<byte[]>> index = redis.zrange(keys.nodes(), 0, -1);
        List<byte[]> timeReply = time.get(COMMAND_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        long now = System.nanoTime();
        long seconds = number(timeReply.getFirst());
        clock.set(TimeUnit.SECONDS.toMicros(seconds) + number(timeReply.getLast()), sent, now);
        var _ = redis.zadd(keys.nodes(), (double) seconds, id);
        lease.get(COMMAND_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        boolean lapsed = !before.renewed() || now - lastRenewal > LEASE.toNanos();
        List<byte[]> ids = index.get(COMMAND_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        // if Redis restarts within a second, no command fails, but it has lost this node's entry
        boolean entryLost = ids.stream().noneMatch(each -> Arrays.equals(each, id));
        if (!before.renewed() || entryLost) {
            graceEnds = now + GRACE.toNanos();
        }
        lastRenewal = now;
        NavigableMap<String, Node> others = read(redis, ids, own.id());
        if (now - graceEnds < 0) {
            before.others().forEach(others::putIfAbsent);
        } else {
            Range<Number> old = Range.create(0, seconds - INDEX_SECONDS);
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
                            .get(COMMAND_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
            for (KeyValue<byte[], byte[]> each : read) {
                decode(each.getValueOrElse(null)).ifPresent(node -> others.put(node.id(), node));
            }
        }
        return others;
    }

    private static long number(byte[] text) {
        return Long.parseLong(new String(text, UTF_8));
    }

    private static Optional<Node> decode(byte @Nullable [] lease) {
        return lease == null ? Optional.empty() : RpcCodec.decode(lease, Node.class);
    }

    /** Returns the node of a lease that may be newer than the view. Blocks for up to a second. */
    Optional<Node> lookUp(String id) throws InterruptedException {
        try {
            return decode(
                    bus.commands()
                            .get(keys.node(id))
                            .get(COMMAND_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS));
        } catch (RedisException | ExecutionException | TimeoutException e) {
            log.debug("the lease of node {} cannot be read", id, e);
            return Optional.empty();
        }
    }

    /** Deletes this node's lease and stops renewing it. */
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
            redis.del(keys.node(id)).get(COMMAND_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RedisException | ExecutionException | TimeoutException e) {
            log.debug("the lease of this node cannot be deleted, and expires by itself", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
