package io.switchboard.delivery;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.springframework.stereotype.Component;

/**
 * Remembers for five minutes the result of each request with an idempotency key: a repetition gets
 * that result and sends nothing. A repetition that arrives while the first request is in progress
 * waits for its result. Thread-safe.
 *
 * <p>The node that a client asks remembers the {@link SendResult}. In a cluster every node also
 * remembers its own {@link NodeResult}, so that a client that repeats its request at another node
 * does not send twice.
 */
@Component
final class IdempotencyStore {
    private static final Duration KEPT = Duration.ofMinutes(5);
    private static final long MOST_BYTES = 32L * 1024 * 1024;
    private static final int ENTRY_BYTES = 256;

    sealed interface Result permits SendResult, NodeResult {}

    interface Attempt<T extends Result> {
        T run() throws InterruptedException;
    }

    private record Key(Class<? extends Result> type, String key) {}

    /**
     * @param request a hash of the request, to tell a repetition from another one with the same key
     */
    private record Entry(int request, CompletableFuture<Result> result) {}

    private final Cache<Key, Entry> entries =
            Caffeine.newBuilder()
                    .expireAfterWrite(KEPT)
                    .maximumWeight(MOST_BYTES)
                    .weigher((Key key, Entry entry) -> key.key().length() + weight(entry))
                    .build();

    /**
     * Returns the result of the first request with this key, which is this one if there was none.
     * If the first request failed with an exception, part of it may have been sent: its repetitions
     * fail as well.
     *
     * @param type of the result; the same key may have one of each type
     * @param request a hash of the request
     * @return a {@link SendResult.Rejected} if the key stands for another request
     */
    <T extends Result> T once(Class<T> type, String key, int request, Attempt<? extends T> attempt)
            throws InterruptedException {
        Key id = new Key(type, key);
        Entry own = new Entry(request, new CompletableFuture<>());
        Entry earlier = entries.asMap().putIfAbsent(id, own);
        if (earlier != null) {
            return type.cast(earlier.request() == request ? await(earlier) : reused(key));
        }
        try {
            T result = attempt.run();
            own.result().complete(result);
            if (isFinal(result)) {
                entries.put(id, own); // weighed again, with its result
            } else {
                entries.asMap().remove(id, own);
            }
            return result;
        } catch (InterruptedException | RuntimeException | Error e) {
            own.result().completeExceptionally(e);
            throw e;
        }
    }

    private static Result await(Entry earlier) throws InterruptedException {
        try {
            return earlier.result().get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof InterruptedException) {
                throw new InterruptedException("the first request with this key was interrupted");
            }
            throw new IllegalStateException("the first request with this key failed", e.getCause());
        }
    }

    /** Returns whether a repetition gets this result, or else is executed again. */
    private static boolean isFinal(Result result) {
        return switch (result) {
            // a node that did not answer remembers what it has sent
            case SendResult.Reported reported -> !reported.report().partial();
            case SendResult.PeerFailed(String _, Outcome.Failed outcome) ->
                    outcome.accepted() && outcome.reason() != FailureReason.NO_ANSWER;
            case SendResult.Rejected rejected ->
                    rejected.reason() == SendResult.Reason.SHUTTING_DOWN;
            case DeliveryReport report -> report.mayHaveBeenSent();
        };
    }

    /** Returns about how many bytes of memory an entry takes. */
    private static int weight(Entry entry) {
        return switch (entry.result().getNow(null)) {
            case null -> ENTRY_BYTES;
            case SendResult.Reported reported -> ENTRY_BYTES + reported.report().weight();
            case DeliveryReport report -> ENTRY_BYTES + report.weight();
            case SendResult.PeerFailed _, SendResult.Rejected _ -> 2 * ENTRY_BYTES;
        };
    }

    private static SendResult.Rejected reused(String key) {
        return new SendResult.Rejected(
                SendResult.Reason.KEY_REUSED,
                "Idempotency-Key '" + key + "' stood for another message: each needs its own");
    }
}
