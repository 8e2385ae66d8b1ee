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
import org.jspecify.annotations.Nullable;

/**
 * Requests of this node that other nodes have not answered yet. Thread-safe.
 *
 * <pre>
 *              result, or no node listens, or Redis is unavailable
 *   PENDING ----------------------------------------------------------> completed
 *     |  ^
 *     |  | in progress
 *     |  +---- silence starts again
 *     |
 *     | silent for a second, or in progress for eleven minutes
 *     +---------------------------------------------------------------> SILENT
 * </pre>
 *
 * <p>Whichever thread removes a call from the map completes it.
 */
final class PendingCalls {
    static final Duration SILENCE = Duration.ofSeconds(1);

    /** A send waits ten minutes at most, so a request that is in progress for longer is stuck. */
    private static final Duration LONGEST = Duration.ofMinutes(11);

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
        private final long begun = System.nanoTime();
        private volatile long lastSign = begun;

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
                            .description("Requests of this node to other nodes, by their result")
                            .tag("result", each.name().toLowerCase(Locale.ROOT))
                            .register(meters));
        }
    }

    /** Starts to wait for the result of a request to this node. */
    <A> CompletableFuture<RpcResult<A>> begin(long id, String node, Class<A> type) {
        Call<A> call = new Call<>(type);
        calls.put(new Key(id, node), call);
        return call.result;
    }

    void inProgress(long id, String node) {
        Call<?> call = calls.get(new Key(id, node));
        if (call != null) {
            call.lastSign = System.nanoTime();
        }
    }

    /** Completes a call with the node's encoded answer, unless it is completed already. */
    void answered(long id, String node, byte @Nullable [] answer) {
        Call<?> call = calls.remove(new Key(id, node));
        if (call != null) {
            count(Result.ANSWERED);
            call.complete(answer);
        }
    }

    /** Completes a call that has no answer, unless it is completed already. */
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

    /** Completes the calls of nodes that have been silent for too long. Called periodically. */
    void giveUpSilent() {
        long now = System.nanoTime();
        calls.forEach(
                (key, call) -> {
                    boolean over =
                            now - call.lastSign > SILENCE.toNanos()
                                    || now - call.begun > LONGEST.toNanos();
                    if (over && calls.remove(key, call)) {
                        fail(call, RpcFailure.SILENT);
                    }
                });
    }
}
