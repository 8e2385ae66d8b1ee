package io.switchboard.cluster.redis;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.switchboard.cluster.RpcCodec;
import io.switchboard.cluster.RpcResult;
import io.switchboard.cluster.RpcResult.RpcFailure;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The requests of this node that other nodes have not answered yet. Thread-safe.
 *
 * <pre>
 *              result, or no subscriber, or Redis is unavailable
 *   PENDING ----------------------------------------------------------> completed
 *     |  ^
 *     |  | in progress
 *     |  +---- the silence timeout starts again
 *     |
 *     | silent for a second, or in progress for eleven minutes
 *     +---------------------------------------------------------------> SILENT
 * </pre>
 *
 * <p>The silence is counted in ticks without progress, not in time: when this process or its
 * machine has paused for longer, the answers that have arrived meanwhile are read before the next
 * tick.
 *
 * <p>The thread that removes a call from the map completes it, so a call completes once.
 */
final class PendingCalls {
    static final Duration SILENCE = Duration.ofSeconds(1);

    /** The time between two calls of {@link #tick}. */
    static final Duration TICK = Duration.ofMillis(100);

    private static final long SILENT_TICKS = SILENCE.dividedBy(TICK);

    /** A send waits ten minutes at most, so a request that is in progress for longer is stuck. */
    private static final Duration MAX_DURATION = Duration.ofMinutes(11);

    private enum Result {
        ANSWERED,
        LOST,
        SILENT,
        UNAVAILABLE
    }

    /** The id of a request, and the node that was called. */
    private record Key(long id, String node) {}

    private static final class Call<A> {
        private final Class<A> type;
        private final CompletableFuture<RpcResult<A>> result = new CompletableFuture<>();
        private final long start = System.nanoTime();

        /** Ticks since the last progress; a tick adds one, a progress report sets it to 0. */
        private final AtomicInteger silentTicks = new AtomicInteger();

        Call(Class<A> type) {
            this.type = type;
        }

        void complete(byte @Nullable [] answer) {
            Optional<A> decoded = answer == null ? Optional.empty() : RpcCodec.decode(answer, type);
            result.complete(
                    decoded.<RpcResult<A>>map(RpcResult.Answered::new)
                            .orElseGet(() -> new RpcResult.Failed<>(RpcFailure.FAULTY)));
        }
    }

    private final Map<Key, Call<?>> calls = new ConcurrentHashMap<>();
    private final Map<Result, Counter> counters = new EnumMap<>(Result.class);

    PendingCalls(MeterRegistry meters) {
        for (Result each : Result.values()) {
            counters.put(
                    each,
                    Counter.builder("switchboard.cluster.asks")
                            .baseUnit("asks")
                            .description("Requests that this node sent to other nodes, by result")
                            .tag("result", each.name().toLowerCase(Locale.ROOT))
                            .register(meters));
        }
    }

    /** Adds a request to another node and returns its pending result. */
    <A> CompletableFuture<RpcResult<A>> begin(long id, String node, Class<A> type) {
        Call<A> call = new Call<>(type);
        calls.put(new Key(id, node), call);
        return call.result;
    }

    /** Restarts the silence timeout of a call, unless the call is complete. */
    void inProgress(long id, String node) {
        Call<?> call = calls.get(new Key(id, node));
        if (call != null) {
            call.silentTicks.set(0);
        }
    }

    /** Completes a call with the node's encoded answer, unless the call is complete. */
    void answered(long id, String node, byte @Nullable [] answer) {
        Call<?> call = calls.remove(new Key(id, node));
        if (call != null) {
            count(Result.ANSWERED);
            call.complete(answer);
        }
    }

    /** Completes a call that has no answer, unless the call is complete. */
    void failed(long id, String node, RpcFailure failure) {
        Call<?> call = calls.remove(new Key(id, node));
        if (call != null) {
            fail(call, failure);
        }
    }

    private void fail(Call<?> call, RpcFailure failure) {
        count(
                switch (failure) {
                    case FAULTY, BUSY, UNSUPPORTED -> Result.ANSWERED;
                    case LOST -> Result.LOST;
                    case SILENT -> Result.SILENT;
                    case UNAVAILABLE -> Result.UNAVAILABLE;
                });
        call.result.complete(new RpcResult.Failed<>(failure));
    }

    private void count(Result result) {
        Objects.requireNonNull(counters.get(result)).increment();
    }

    /**
     * Fails the calls to nodes that have been silent for too long. Called once in a {@link #TICK}.
     */
    void tick() {
        long now = System.nanoTime();
        calls.forEach(
                (key, call) -> {
                    boolean timedOut =
                            call.silentTicks.incrementAndGet() > SILENT_TICKS
                                    || now - call.start > MAX_DURATION.toNanos();
                    if (timedOut && calls.remove(key, call)) {
                        fail(call, RpcFailure.SILENT);
                    }
                });
    }
}
