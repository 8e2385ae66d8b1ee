package io.switchboard.delivery;

import io.switchboard.node.Answer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** Waits for what other nodes answer. */
final class Waiting {
    private Waiting() {}

    /** The answer, which always comes. */
    static Answer on(CompletableFuture<Answer> answer) throws InterruptedException {
        try {
            return answer.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("an answer is never a failure", e);
        }
    }
}
