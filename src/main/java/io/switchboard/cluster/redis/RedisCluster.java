package io.switchboard.cluster.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandTimeoutException;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.ClusterProperties;
import io.switchboard.cluster.LocalNode;
import io.switchboard.cluster.Node;
import io.switchboard.cluster.RpcCodec;
import io.switchboard.cluster.RpcHandler;
import io.switchboard.cluster.RpcMethod;
import io.switchboard.cluster.RpcResult;
import io.switchboard.cluster.RpcResult.RpcFailure;
import io.switchboard.cluster.Scoped;
import io.switchboard.fatal.FatalErrors;
import io.switchboard.tracing.Tracing;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.EventListener;
import org.springframework.core.annotation.Order;

/**
 * A cluster over Redis' publish and subscribe.
 *
 * <p>Redis stores nothing about peers: a peer's id contains the id of its node, and everything else
 * is looked up by requests to all nodes. PUBLISH returns the number of receivers, which shows at
 * once that a node is gone. A node that executes a request reports progress about three times a
 * second, which distinguishes a slow node from a silent one.
 *
 * <p>Starts before the listeners and stops after the web server: requests through other nodes are
 * still answered while this node drains.
 */
final class RedisCluster implements Cluster, SmartLifecycle {
    /** Lower than the web server's phase, so that the cluster stops after the web server. */
    static final int PHASE = SmartLifecycle.DEFAULT_PHASE - 2048;

    private static final Logger log = LoggerFactory.getLogger(RedisCluster.class);
    private static final long SILENCE_NANOS = PendingCalls.SILENCE.toNanos();
    private static final Duration TICK = PendingCalls.TICK;
    private static final int TICKS_PER_REPORT = 3;

    private final LocalNode self;
    private final String id;
    private final Keys keys;
    private final RedisClock clock = new RedisClock();
    private final AtomicLong lastId = new AtomicLong();
    private final RedisBus bus;
    private final Membership membership;
    private final PendingCalls calls;
    private final RpcServer server;
    private final Tracing tracing;
    private final byte[] unversionedChannel;
    private final AtomicBoolean warnedOfOtherVersion = new AtomicBoolean();
    private volatile boolean running;
    private @Nullable ScheduledExecutorService ticker;

    /**
     * @param address the address of Redis, for people
     * @param handlers supplies the handlers of other nodes' requests; called at the first request
     * @param budget limits the memory of these requests
     */
    RedisCluster(
            ClusterProperties properties,
            LocalNode self,
            Supplier<RedisClient> client,
            String address,
            Supplier<List<RpcHandler<?, ?>>> handlers,
            RpcBudget budget,
            MeterRegistry meters,
            Tracing tracing) {
        this.self = self;
        this.tracing = tracing;
        this.id = self.get().id();
        this.keys = new Keys(properties.name());
        this.unversionedChannel = keys.allUnversioned();
        this.bus =
                new RedisBus(
                        client,
                        address,
                        new byte[][] {
                            keys.requests(id), keys.results(id), keys.all(), unversionedChannel
                        },
                        this::receive);
        this.membership = new Membership(bus, keys, clock, self::get);
        this.calls = new PendingCalls(meters);
        this.server =
                new RpcServer(
                        handlers,
                        request ->
                                request.at() < membership.view().since()
                                        || request.expires() < clock.micros(),
                        clock::latestNanoTime,
                        id,
                        budget,
                        (node, message) -> bus.publish(keys.results(node), message.bytes()),
                        meters,
                        tracing);
        Gauge.builder("switchboard.cluster.nodes", membership, all -> all.others().size() + 1)
                .description("Nodes of the cluster, including this one")
                .baseUnit("nodes")
                .register(meters);
    }

    @Override
    public Node self() {
        return self.get();
    }

    @Override
    public List<Node> others() {
        return membership.others();
    }

    @Override
    public boolean single() {
        return false;
    }

    @Override
    public boolean connected() {
        return bus.isOpen() && membership.view().renewed();
    }

    @Override
    public Optional<Node> find(String other) {
        Optional<Node> known = Optional.ofNullable(membership.view().others().get(other));
        if (known.isPresent() || !connected() || other.equals(id)) {
            return known;
        }
        try {
            Optional<Node> found = membership.lookUp(other);
            found.ifPresent(_ -> membership.refresh());
            return found;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    @Override
    public <Q, A> CompletableFuture<RpcResult<A>> call(
            Node node, RpcMethod<Q, A> method, Q request) {
        long call = lastId.incrementAndGet();
        CompletableFuture<RpcResult<A>> result = calls.begin(call, node.id(), method.answer());
        publish(keys.requests(node.id()), call, List.of(node), method, request);
        return result;
    }

    @Override
    public <Q, A> Map<Node, CompletableFuture<RpcResult<A>>> callAll(
            Collection<Node> nodes, RpcMethod<Q, A> method, Q request) {
        Map<Node, CompletableFuture<RpcResult<A>>> results = new LinkedHashMap<>();
        if (nodes.size() < 2 || nodes.size() < membership.others().size()) {
            nodes.forEach(each -> results.put(each, call(each, method, request)));
            return results;
        }
        long call = lastId.incrementAndGet();
        nodes.forEach(each -> results.put(each, calls.begin(call, each.id(), method.answer())));
        publish(keys.all(), call, nodes, method, request);
        return results;
    }

    /**
     * Fails the calls of a broadcast to those nodes that do not subscribe to their request channel,
     * after fewer receivers got the broadcast than there are nodes.
     */
    private void failLost(long call, Collection<Node> nodes) {
        Map<String, String> idsByChannel = new HashMap<>();
        nodes.forEach(
                each -> idsByChannel.put(new String(keys.requests(each.id()), UTF_8), each.id()));
        byte[][] channels =
                nodes.stream().map(each -> keys.requests(each.id())).toArray(byte[][]::new);
        bus.subscribers(channels)
                .thenAccept(
                        counts ->
                                counts.forEach(
                                        (channel, count) -> {
                                            String node =
                                                    idsByChannel.get(new String(channel, UTF_8));
                                            if (count == 0 && node != null) {
                                                lost(call, node);
                                            }
                                        }));
    }

    private <Q> void publish(
            byte[] channel, long call, Collection<Node> nodes, RpcMethod<Q, ?> method, Q request) {
        if (!connected()) {
            nodes.forEach(each -> calls.failed(call, each.id(), RpcFailure.UNAVAILABLE));
            return;
        }
        long expires = clock.micros() + TimeUnit.NANOSECONDS.toMicros(SILENCE_NANOS);
        byte[] body = RpcCodec.encode(request);
        Envelope message =
                Envelope.request(
                        id,
                        call,
                        clock.latestMicros(),
                        expires,
                        Scoped.methodName(method.name(), request),
                        body,
                        tracing.headers());
        var _ =
                bus.publish(channel, message.bytes())
                        .whenComplete(
                                (receivers, failure) -> {
                                    if (failure != null) {
                                        nodes.forEach(
                                                each -> notPublished(call, each.id(), failure));
                                    } else if (nodes.size() > 1) {
                                        if (receivers
                                                <= nodes.size()) { // this node is a receiver too
                                            failLost(call, nodes);
                                        }
                                    } else if (receivers == 0) {
                                        nodes.forEach(each -> lost(call, each.id()));
                                    }
                                });
    }

    /** Fails a call to a node that does not subscribe to its request channel any more. */
    private void lost(long call, String node) {
        calls.failed(call, node, RpcFailure.LOST);
        membership.nodeLost();
    }

    /**
     * Fails a call whose PUBLISH failed. If PUBLISH timed out, the node may have received the
     * request, so the call waits for the answer or for the silence timeout.
     */
    private void notPublished(long call, String node, Throwable failure) {
        FatalErrors.check(failure);
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null
                        ? failure.getCause()
                        : failure;
        if (!(cause instanceof RedisCommandTimeoutException)) {
            calls.failed(call, node, RpcFailure.UNAVAILABLE);
        }
    }

    private void receive(byte[] channel, byte[] bytes) {
        Envelope message =
                Arrays.equals(channel, unversionedChannel) ? null : Envelope.of(bytes).orElse(null);
        if (message == null) {
            if (warnedOfOtherVersion.compareAndSet(false, true)) {
                log.warn(
                        "cluster {}: ignoring messages of a release whose messages this one cannot read, the first on channel {}: upgrade its nodes, or give them another switchboard.cluster.name",
                        keys.cluster(),
                        new String(channel, UTF_8));
            }
            return;
        }
        String from = message.from();
        if (from == null || from.equals(id)) {
            return;
        }
        switch (message.kind()) {
            case REQUEST -> server.execute(message);
            case RESULT -> complete(from, message);
            case IN_PROGRESS -> {
                long[] ids = message.ids();
                if (ids != null) {
                    Arrays.stream(ids).forEach(call -> calls.inProgress(call, from));
                }
            }
            case CHANGED, LEFT -> membership.refresh();
            case null -> {} // sent by a later release
        }
    }

    private void complete(String from, Envelope result) {
        switch (result.outcome()) {
            case ANSWERED -> calls.answered(result.id(), from, result.body());
            case FAULTY -> calls.failed(result.id(), from, RpcFailure.FAULTY);
            case BUSY -> calls.failed(result.id(), from, RpcFailure.BUSY);
            case UNSUPPORTED -> calls.failed(result.id(), from, RpcFailure.UNSUPPORTED);
            case null ->
                    calls.failed(result.id(), from, RpcFailure.FAULTY); // sent by a later release
        }
    }

    /** Announces at once that this node has become ready or has begun to drain. */
    @EventListener
    @Order(1)
    void readinessChanged(AvailabilityChangeEvent<ReadinessState> event) {
        membership.refresh();
        bus.publish(keys.all(), Envelope.notice(id, Envelope.Kind.CHANGED).bytes());
    }

    @Override
    public void start() {
        bus.start();
        membership.start();
        ScheduledExecutorService ticks =
                Executors.newSingleThreadScheduledExecutor(
                        Thread.ofPlatform().daemon().name("cluster-tick").factory());
        ticker = ticks;
        every(ticks, TICK.toMillis(), calls::tick);
        every(ticks, TICKS_PER_REPORT * TICK.toMillis(), server::reportProgress);
        running = true;
    }

    private static void every(ScheduledExecutorService ticks, long millis, Runnable task) {
        // an exception would end the repetition without a log line
        Runnable each =
                () -> {
                    try {
                        task.run();
                    } catch (RuntimeException | Error e) {
                        FatalErrors.check(e);
                        log.error("a periodic task of the cluster has failed", e);
                    }
                };
        var _ = ticks.scheduleWithFixedDelay(each, millis, millis, TimeUnit.MILLISECONDS);
    }

    @Override
    public void stop() {
        membership.stop();
        bus.publish(keys.all(), Envelope.notice(id, Envelope.Kind.LEFT).bytes());
        ScheduledExecutorService last = ticker;
        if (last != null) {
            last.shutdownNow();
        }
        bus.stop();
        running = false;
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }
}
