package io.switchboard.delivery;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * Stores the result of each request with an idempotency key for five minutes. A repetition gets
 * that result and sends nothing. If it arrives while the first request is in progress, it waits for
 * its result. If all results take more than a twentieth of the heap, or 32 MB, the oldest results
 * of the client with the most are removed sooner. Thread-safe.
 *
 * <p>The node that received the client's request stores the {@link SendResult}. In a cluster, every
 * node also stores its own {@link NodeResult}, so that a client that repeats its request at another
 * node does not send the message twice.
 */
@Component
final class IdempotencyStore {
    private static final Duration RETENTION = Duration.ofMinutes(5);
    private static final int PART_OF_HEAP = 20;
    private static final long MAX_BYTES =
            Math.min(32L * 1024 * 1024, Runtime.getRuntime().maxMemory() / PART_OF_HEAP);

    /** The key without its text, the entry, a small result, and their places in the maps. */
    private static final int ENTRY_BYTES = 384;

    sealed interface Result permits SendResult, NodeResult {}

    /** Executes the request. */
    interface Attempt<T extends Result> {
        T run() throws InterruptedException;
    }

    private record Key(Class<? extends Result> type, String key) {}

    /**
     * @param requestHash distinguishes a repetition from a different request with the same key
     */
    private record Entry(int requestHash, CompletableFuture<Result> result) {}

    private final StoredResults<Key, Entry> entries;

    @Autowired
    IdempotencyStore() {
        this(MAX_BYTES);
    }

    /** Creates a store whose results take at most so much memory. */
    IdempotencyStore(long maxBytes) {
        entries = new StoredResults<>(maxBytes, RETENTION.toNanos(), System::nanoTime);
    }

    /**
     * Returns the result of the first request with this key; executes this request if it is the
     * first. If the first request threw an exception, part of it may have been sent, so its
     * repetitions throw as well. Blocks while the first request is in progress.
     *
     * @param type the type of the result; the same key may have one result of each type
     * @param requestHash a hash of the request
     * @return a {@link SendResult.Rejected} if the key was used for a different request
     */
    <T extends Result> T once(
            Class<T> type, String key, int requestHash, Attempt<? extends T> attempt)
            throws InterruptedException {
        Key id = new Key(type, key);
        Entry own = new Entry(requestHash, new CompletableFuture<>());
        String space = IdempotencyKey.space(key);
        Entry earlier = entries.putIfAbsent(space, id, own);
        if (earlier != null) {
            return type.cast(earlier.requestHash() == requestHash ? await(earlier) : reused(key));
        }
        try {
            T result = attempt.run();
            own.result().complete(result);
            if (isFinal(result)) {
                entries.finish(space, id, key.length() + weight(result));
            } else {
                entries.remove(space, id);
            }
            return result;
        } catch (InterruptedException | RuntimeException | Error e) {
            own.result().completeExceptionally(e);
            entries.finish(space, id, key.length() + ENTRY_BYTES);
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

    /** Returns whether a repetition gets this result; otherwise it is executed again. */
    private static boolean isFinal(Result result) {
        return switch (result) {
            // a repetition is safe: the nodes that sent the message have stored their result
            case SendResult.Reported reported -> !reported.report().partial();
            case SendResult.PeerFailed(String _, Outcome.Failed outcome) ->
                    outcome.accepted() && outcome.reason() != FailureReason.NO_ANSWER;
            case SendResult.Rejected rejected ->
                    rejected.reason() == SendResult.Reason.SHUTTING_DOWN;
            case DeliveryReport report -> report.mayHaveBeenSent();
        };
    }

    /** Returns an estimate of the memory that a result and its entry take, in bytes. */
    private static int weight(Result result) {
        return switch (result) {
            case SendResult.Reported reported -> ENTRY_BYTES + reported.report().weight();
            case DeliveryReport report -> ENTRY_BYTES + report.weight();
            case SendResult.PeerFailed _, SendResult.Rejected _ -> 2 * ENTRY_BYTES;
        };
    }

    private static SendResult.Rejected reused(String key) {
        return new SendResult.Rejected(
                SendResult.Reason.KEY_REUSED,
                "Idempotency-Key '"
                        + IdempotencyKey.shown(key)
                        + "' was used for a different message: use a new key for each message");
    }
}
