package io.switchboard.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.switchboard.node.Answer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class AsksTest {
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Asks asks = new Asks(meters);

    @Test
    void theFirstAnswerCounts() {
        CompletableFuture<Answer> answer = asks.begin(1, "a");
        Answer given = new Answer.Given(new byte[] {1});
        asks.end(1, "a", given);
        asks.end(1, "a", new Answer.Lost());
        assertThat(answer).isCompletedWithValue(given);
        assertThat(count("answered")).isOne();
        assertThat(count("lost")).isZero();
    }

    @Test
    void nodesThatAreAskedTheSameAnswerEachForItself() {
        CompletableFuture<Answer> first = asks.begin(1, "a");
        CompletableFuture<Answer> second = asks.begin(1, "b");
        asks.end(1, "b", new Answer.Busy());
        assertThat(first).isNotDone();
        assertThat(second).isCompletedWithValue(new Answer.Busy());
    }

    @Test
    void silenceOfASecondEndsTheWaiting() {
        CompletableFuture<Answer> answer = asks.begin(1, "a");
        asks.giveUpSilent();
        assertThat(answer).isNotDone();
        await().atMost(Duration.ofSeconds(5))
                .until(
                        () -> {
                            asks.giveUpSilent();
                            return answer.isDone();
                        });
        assertThat(answer).isCompletedWithValue(new Answer.Silent());
        assertThat(count("silent")).isOne();
    }

    @Test
    void whoSaysThatItIsAtWorkIsNotSilent() {
        CompletableFuture<Answer> working = asks.begin(1, "a");
        CompletableFuture<Answer> silent = asks.begin(2, "a");
        await().atMost(Duration.ofSeconds(5))
                .until(
                        () -> {
                            asks.heard(1, "a");
                            asks.giveUpSilent();
                            return silent.isDone();
                        });
        assertThat(working).isNotDone();
    }

    /** The race of a reply with the end of patience: one of them answers, and never both. */
    @Test
    void aReplyThatComesAsPatienceEndsIsCountedOnce() throws Exception {
        AtomicInteger answers = new AtomicInteger();
        int rounds = 2_000;
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            for (int round = 0; round < rounds; round++) {
                long id = round;
                var _ = asks.begin(id, "a").thenAccept(_ -> answers.incrementAndGet());
                var reply = threads.submit(() -> asks.end(id, "a", new Answer.Busy()));
                var silence = threads.submit(() -> asks.end(id, "a", new Answer.Silent()));
                reply.get();
                silence.get();
            }
        }
        assertThat(answers).hasValue(rounds);
        assertThat(count("answered") + count("silent")).isEqualTo(rounds);
    }

    private double count(String result) {
        return meters.get("switchboard.cluster.asks").tag("result", result).counter().count();
    }
}
