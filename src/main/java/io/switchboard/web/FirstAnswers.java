package io.switchboard.web;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/**
 * The first answer to each {@code Idempotency-Key}, for five minutes: the same key again gets it
 * and sends nothing. A request that comes while the first is under way waits for its answer.
 * Thread-safe.
 *
 * <p>What can be tried again is forgotten at once: an error that says that nothing was sent, and
 * what was left open by nodes that did not answer, each of which remembers itself what it did.
 */
@Component
final class FirstAnswers {
    private static final Duration KEPT = Duration.ofMinutes(5);
    private static final long MOST_BYTES = 32L * 1024 * 1024;
    private static final int ENTRY_BYTES = 256;
    private static final int LONGEST_KEY = 255;

    /**
     * An answer as it goes out.
     *
     * @param last whether it would be the same if the client tried again
     */
    @SuppressWarnings("ArrayRecordComponent") // answers are not compared
    record Answer(HttpStatus status, byte[] body, boolean last) {}

    /**
     * @param request what was asked, to tell a repetition from another message under the same key
     */
    private record Entry(int request, CompletableFuture<Answer> answer) {
        int weight() {
            Answer known = answer.getNow(null);
            return ENTRY_BYTES + (known == null ? 0 : known.body().length);
        }
    }

    private final Cache<String, Entry> entries =
            Caffeine.newBuilder()
                    .expireAfterWrite(KEPT)
                    .maximumWeight(MOST_BYTES)
                    .weigher((String key, Entry entry) -> entry.weight() + key.length())
                    .build();

    /**
     * The first answer to this key.
     *
     * @param request a hash of what is asked
     * @param first finds it, where there is none yet
     * @throws ApiProblem 400 for a key that is too long, 422 for one that stood for another
     *     message, and whatever {@code first} throws
     */
    Answer answer(String key, int request, Supplier<Answer> first) {
        if (key.isBlank() || key.length() > LONGEST_KEY) {
            throw ApiProblem.badRequest(
                    "Idempotency-Key has "
                            + key.length()
                            + " characters: it takes 1 to "
                            + LONGEST_KEY);
        }
        Entry own = new Entry(request, new CompletableFuture<>());
        Entry earlier = entries.asMap().putIfAbsent(key, own);
        if (earlier == null) {
            return findOut(key, own, first);
        }
        if (earlier.request() != request) {
            throw keyReused(
                    "Idempotency-Key '" + key + "' stood for another message: each needs its own");
        }
        try {
            return earlier.answer().join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof ApiProblem problem ? problem : e;
        }
    }

    static ApiProblem keyReused(String detail) {
        return new ApiProblem(HttpStatus.UNPROCESSABLE_CONTENT, "idempotency_key_reused", detail);
    }

    private Answer findOut(String key, Entry own, Supplier<Answer> first) {
        try {
            Answer answer = first.get();
            own.answer().complete(answer);
            if (answer.last()) {
                entries.put(key, own); // weighed again, with its body
            } else {
                entries.asMap().remove(key, own);
            }
            return answer;
        } catch (RuntimeException | Error e) {
            own.answer().completeExceptionally(e);
            if (!(e instanceof ApiProblem problem && problem.sentPerhaps())) {
                entries.asMap().remove(key, own);
            }
            throw e;
        }
    }
}
