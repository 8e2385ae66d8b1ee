package io.switchboard.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandTimeoutException;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.switchboard.node.Answer;
import io.switchboard.node.Node;
import io.switchboard.node.Nodes;
import io.switchboard.node.Operation;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/**
 * The nodes of a cluster, over Redis' publish and subscribe.
 *
 * <p>Nothing is kept of peers: a peer's id says which node has it, and a node that is asked for
 * something else asks all. A question is told from silence by what PUBLISH answers, which is how
 * many heard it, and by the asked node's word, three times a second, that it is at work.
 *
 * <p>Begins before the listeners do and ends after the web server: what is under way through other
 * nodes while this one drains is still answered.
 */
final class RedisNodes implements Nodes, SmartLifecycle {
    /** Below the web server's: stopped after it. */
    static final int PHASE = SmartLifecycle.DEFAULT_PHASE - 2048;

    private static final Duration TICK = Duration.ofMillis(100);
    private static final int TICKS_A_WORD = 3;

    private final Supplier<Node> self;
    private final String id;
    private final Keys keys;
    private final RedisClock clock = new RedisClock();
    private final AtomicLong lastId = new AtomicLong();
    private final Bus bus;
    private final Leases leases;
    private final Asks asks;
    private final Desk desk;
    private volatile boolean running;
    private @Nullable ScheduledExecutorService ticker;

    /**
     * @param self what this node says of itself
     * @param operations what others may ask, by their words; asked for when the first does
     */
    RedisNodes(
            ClusterProperties properties,
            Supplier<Node> self,
            Supplier<RedisClient> client,
            Supplier<List<Operation>> operations,
            MeterRegistry meters) {
        this.self = self;
        this.id = self.get().id();
        this.keys = new Keys(properties.name());
        this.bus =
                new Bus(
                        client,
                        new byte[][] {keys.commands(id), keys.replies(id), keys.all()},
                        this::hear);
        this.leases = new Leases(bus, keys, clock, self);
        this.asks = new Asks(meters);
        this.desk =
                new Desk(
                        new ByWord(operations)::get,
                        command ->
                                command.at() < leases.since() || command.expires() < clock.micros(),
                        clock::latestNanoTime,
                        id,
                        (node, message) -> bus.say(keys.replies(node), message.bytes()),
                        meters);
        Gauge.builder("switchboard.cluster.nodes", leases, all -> all.others().size() + 1)
                .description("Nodes that are there, with this one")
                .baseUnit("nodes")
                .register(meters);
    }

    @Override
    public Node self() {
        return self.get();
    }

    @Override
    public List<Node> others() {
        return leases.others();
    }

    @Override
    public boolean single() {
        return false;
    }

    @Override
    public boolean connected() {
        return bus.isOpen() && leases.renewed();
    }

    @Override
    public Optional<Node> find(String other) {
        Optional<Node> known = leases.known(other);
        if (known.isPresent() || !connected() || other.equals(id)) {
            return known;
        }
        try {
            Optional<Node> found = leases.lookUp(other);
            found.ifPresent(_ -> leases.refresh());
            return found;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    @Override
    public CompletableFuture<Answer> ask(Node node, String operation, byte[] request) {
        long command = lastId.incrementAndGet();
        CompletableFuture<Answer> answer = asks.begin(command, node.id());
        var _ =
                say(keys.commands(node.id()), command, operation, request)
                        .whenComplete(
                                (heard, failure) -> {
                                    if (failure != null) {
                                        notSaid(command, node.id(), failure);
                                    } else if (heard == 0) {
                                        asks.end(command, node.id(), new Answer.Lost());
                                    }
                                });
        return answer;
    }

    @Override
    public Map<Node, CompletableFuture<Answer>> ask(
            Collection<Node> nodes, String operation, byte[] request) {
        Map<Node, CompletableFuture<Answer>> answers = new HashMap<>();
        if (nodes.size() < 2 || nodes.size() < leases.others().size()) {
            nodes.forEach(each -> answers.put(each, ask(each, operation, request)));
            return answers;
        }
        long command = lastId.incrementAndGet();
        nodes.forEach(each -> answers.put(each, asks.begin(command, each.id())));
        var _ =
                say(keys.all(), command, operation, request)
                        .whenComplete(
                                (heard, failure) -> {
                                    if (failure != null) {
                                        nodes.forEach(each -> notSaid(command, each.id(), failure));
                                    } else if (heard <= nodes.size()) { // this one hears as well
                                        endLost(command, nodes);
                                    }
                                });
        return answers;
    }

    /** Fewer heard it than are there: finds out who did not. */
    private void endLost(long command, Collection<Node> nodes) {
        Map<String, String> idsByChannel = new HashMap<>();
        byte[][] channels =
                nodes.stream()
                        .map(
                                each -> {
                                    byte[] channel = keys.commands(each.id());
                                    idsByChannel.put(new String(channel, UTF_8), each.id());
                                    return channel;
                                })
                        .toArray(byte[][]::new);
        bus.hearers(channels)
                .thenAccept(
                        hearers ->
                                hearers.forEach(
                                        (channel, count) -> {
                                            String node =
                                                    idsByChannel.get(new String(channel, UTF_8));
                                            if (count == 0 && node != null) {
                                                asks.end(command, node, new Answer.Lost());
                                            }
                                        }));
    }

    private CompletableFuture<Long> say(
            byte[] channel, long command, String operation, byte[] request) {
        if (!connected()) {
            return CompletableFuture.failedFuture(new IllegalStateException("Redis is away"));
        }
        Message message =
                new Message.Command(
                        id,
                        command,
                        clock.latestMicros(),
                        clock.micros() + TimeUnit.NANOSECONDS.toMicros(Asks.SILENCE.toNanos()),
                        operation,
                        request);
        return bus.say(channel, message.bytes()).toCompletableFuture();
    }

    /** A PUBLISH without an answer may have been heard: then only silence can tell. */
    private void notSaid(long command, String node, Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null
                        ? failure.getCause()
                        : failure;
        if (!(cause instanceof RedisCommandTimeoutException)) {
            asks.end(command, node, new Answer.Unavailable());
        }
    }

    private void hear(byte[] bytes) {
        Message message = Message.of(bytes).orElse(null);
        if (message == null || message.from().equals(id)) {
            return;
        }
        switch (message) {
            case Message.Command command -> desk.take(command);
            case Message.Reply(var from, long command, var outcome, var content) ->
                    asks.end(
                            command,
                            from,
                            switch (outcome) {
                                case DONE -> new Answer.Given(content);
                                case FAULTY -> new Answer.Faulty();
                                case BUSY -> new Answer.Busy();
                            });
            case Message.AtWork(var from, long[] commands) ->
                    Arrays.stream(commands).forEach(command -> asks.heard(command, from));
            case Message.Hello _, Message.Bye _ -> leases.refresh();
        }
    }

    /** This node has changed: the others are told. */
    void changed() {
        leases.refresh();
        bus.say(keys.all(), new Message.Hello(id).bytes());
    }

    @Override
    public void start() {
        bus.start();
        leases.start();
        ScheduledExecutorService ticks =
                Executors.newSingleThreadScheduledExecutor(
                        Thread.ofPlatform().daemon().name("cluster-tick").factory());
        ticker = ticks;
        var _ =
                ticks.scheduleWithFixedDelay(
                        asks::giveUpSilent,
                        TICK.toMillis(),
                        TICK.toMillis(),
                        TimeUnit.MILLISECONDS);
        var _ =
                ticks.scheduleWithFixedDelay(
                        desk::sayAtWork,
                        TICKS_A_WORD * TICK.toMillis(),
                        TICKS_A_WORD * TICK.toMillis(),
                        TimeUnit.MILLISECONDS);
        running = true;
    }

    @Override
    public void stop() {
        leases.stop();
        bus.say(keys.all(), new Message.Bye(id).bytes());
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
