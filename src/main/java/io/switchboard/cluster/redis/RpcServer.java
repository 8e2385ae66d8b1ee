package io.switchboard.cluster.redis;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.switchboard.cluster.RpcCodec;
import io.switchboard.cluster.RpcHandler;
import io.switchboard.cluster.Scoped;
import io.switchboard.tracing.TraceSpan;
import io.switchboard.tracing.Tracing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.LongUnaryOperator;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Executes the requests of other nodes, each on a virtual thread of its own, and reports the ones
 * that are in progress.
 *
 * <p>A request that has expired is dropped, because its caller has stopped waiting and has answered
 * its own client. If too many requests are being executed, a new one is answered with {@code BUSY}
 * at once. Thread-safe.
 */
final class RpcServer {
    private static final Logger log = LoggerFactory.getLogger(RpcServer.class);

    /** An execution is reported after this time; the result of a shorter one arrives in time. */
    private static final Duration PROGRESS_AFTER = Duration.ofMillis(300);

    private static final long MAX_REQUESTS = 20_000;

    private record Execution(String from, long id, long start) {}

    private final Supplier<List<RpcHandler<?, ?>>> beans;
    private final Predicate<Envelope> expired;
    private final LongUnaryOperator nanoTime;
    private final String self;
    private final BiConsumer<String, Envelope> reply;
    private final Map<Execution, Execution> executions = new ConcurrentHashMap<>();
    private final RpcBudget budget;
    private final Tracing tracing;
    private final Counter done;
    private final Counter dropped;
    private final Counter refused;
    private volatile @Nullable Map<String, RpcHandler<?, ?>> handlers;

    /**
     * @param beans supplies the handlers; called at the first request, because the handlers are
     *     beans that depend on the cluster
     * @param expired tests whether the caller no longer waits for the start of a request
     * @param nanoTime converts a request's {@code at} to this node's {@link System#nanoTime}
     * @param self this node's id
     * @param budget limits the memory of the requests that are being executed
     * @param reply sends a message to the node with this id
     */
    RpcServer(
            Supplier<List<RpcHandler<?, ?>>> beans,
            Predicate<Envelope> expired,
            LongUnaryOperator nanoTime,
            String self,
            RpcBudget budget,
            BiConsumer<String, Envelope> reply,
            MeterRegistry meters,
            Tracing tracing) {
        this.beans = beans;
        this.expired = expired;
        this.nanoTime = nanoTime;
        this.self = self;
        this.budget = budget;
        this.reply = reply;
        this.tracing = tracing;
        done = counter(meters, "done");
        dropped = counter(meters, "expired");
        refused = counter(meters, "refused");
    }

    private static Counter counter(MeterRegistry meters, String result) {
        return Counter.builder("switchboard.cluster.commands")
                .baseUnit("commands")
                .description("Requests that other nodes sent to this node, by result")
                .tag("result", result)
                .register(meters);
    }

    void execute(Envelope request) {
        byte[] body = Objects.requireNonNullElseGet(request.body(), () -> new byte[0]);
        String from = Objects.requireNonNull(request.from());
        if (executions.size() >= MAX_REQUESTS || !budget.admits(body.length)) {
            refuse(from, request.id(), Envelope.Outcome.BUSY);
            return;
        }
        Execution execution = new Execution(from, request.id(), System.nanoTime());
        executions.put(execution, execution);
        Thread.ofVirtual()
                .name("cluster-request")
                .start(
                        () -> {
                            try {
                                run(request, from, body);
                            } finally {
                                executions.remove(execution);
                                budget.release(RpcBudget.held(body.length));
                            }
                        });
    }

    private void run(Envelope request, String from, byte[] body) {
        // checked on the executing thread, which may have waited for a processor
        if (expired.test(request)) {
            dropped.increment();
            return;
        }
        String method = request.method();
        RpcHandler<?, ?> handler = method == null ? null : handler(Scoped.plainName(method));
        if (method == null || handler == null) {
            refuse(from, request.id(), Envelope.Outcome.UNSUPPORTED);
            return;
        }
        try (TraceSpan span = span(request, handler)) {
            if (span != null) {
                span.set("switchboard.node", self);
            }
            byte[] answer = answer(handler, method, body, nanoTime.applyAsLong(request.at()));
            done.increment();
            reply.accept(
                    from, Envelope.result(self, request.id(), Envelope.Outcome.ANSWERED, answer));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            fail(from, request.id());
        } catch (RuntimeException e) {
            log.error("request {} of node {} failed", request.method(), from, e);
            fail(from, request.id());
        }
    }

    /** Begins the span of a request that belongs to a trace of its caller. */
    private @Nullable TraceSpan span(Envelope request, RpcHandler<?, ?> handler) {
        Map<String, String> trace = request.trace();
        return trace.isEmpty()
                ? null
                : tracing.request("cluster " + handler.method().name(), trace::get);
    }

    private static <Q, A> byte[] answer(
            RpcHandler<Q, A> handler, String method, byte[] body, long sentAt)
            throws InterruptedException {
        Q request =
                RpcCodec.decode(body, handler.method().request())
                        .orElseThrow(
                                () ->
                                        new IllegalArgumentException(
                                                "the body of the request cannot be decoded"));
        Scoped.check(method, request);
        return RpcCodec.encode(handler.handle(request, sentAt));
    }

    private @Nullable RpcHandler<?, ?> handler(String method) {
        Map<String, RpcHandler<?, ?>> known = handlers;
        if (known == null) {
            known =
                    beans.get().stream()
                            .collect(
                                    Collectors.toMap(
                                            each -> each.method().name(), Function.identity()));
            handlers = known;
        }
        return known.get(method);
    }

    private void refuse(String from, long id, Envelope.Outcome outcome) {
        refused.increment();
        reply.accept(from, Envelope.result(self, id, outcome, null));
    }

    private void fail(String from, long id) {
        reply.accept(from, Envelope.result(self, id, Envelope.Outcome.FAULTY, null));
    }

    /** Reports to the callers which requests are in progress. Called periodically. */
    void reportProgress() {
        long now = System.nanoTime();
        Map<String, List<Long>> ids = new HashMap<>();
        for (Execution each : executions.keySet()) {
            if (now - each.start() > PROGRESS_AFTER.toNanos()) {
                ids.computeIfAbsent(each.from(), _ -> new ArrayList<>()).add(each.id());
            }
        }
        ids.forEach(
                (node, all) ->
                        reply.accept(
                                node,
                                Envelope.inProgress(
                                        self, all.stream().mapToLong(Long::longValue).toArray())));
    }
}
