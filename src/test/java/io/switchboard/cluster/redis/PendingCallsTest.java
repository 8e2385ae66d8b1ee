package io.switchboard.cluster.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.switchboard.cluster.RpcCodec;
import io.switchboard.cluster.RpcResult;
import io.switchboard.cluster.RpcResult.RpcFailure;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PendingCallsTest {
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final PendingCalls calls = new PendingCalls(meters);

    @Test
    void theFirstAnswerCounts() {
        CompletableFuture<RpcResult<String>> answer = calls.begin(1, "a", String.class);
        calls.answered(1, "a", RpcCodec.encode("given"));
        calls.failed(1, "a", RpcFailure.LOST);
        assertThat(answer).isCompletedWithValue(new RpcResult.Answered<>("given"));
        assertThat(count("answered")).isOne();
        assertThat(count("lost")).isZero();
    }

    @Test
    void nodesThatAreAskedTheSameAnswerEachForItself() {
        CompletableFuture<RpcResult<String>> first = calls.begin(1, "a", String.class);
        CompletableFuture<RpcResult<String>> second = calls.begin(1, "b", String.class);
        calls.failed(1, "b", RpcFailure.BUSY);
        assertThat(first).isNotDone();
        assertThat(second).isCompletedWithValue(new RpcResult.Failed<>(RpcFailure.BUSY));
    }

    @Test
    void silenceOfASecondEndsTheWaiting() {
        CompletableFuture<RpcResult<String>> answer = calls.begin(1, "a", String.class);
        calls.giveUpSilent();
        assertThat(answer).isNotDone();
        await().atMost(Duration.ofSeconds(5))
                .until(
                        () -> {
                            calls.giveUpSilent();
                            return answer.isDone();
                        });
        assertThat(answer).isCompletedWithValue(new RpcResult.Failed<>(RpcFailure.SILENT));
        assertThat(count("silent")).isOne();
    }

    @Test
    void whoSaysThatItIsAtWorkIsNotSilent() {
        CompletableFuture<RpcResult<String>> working = calls.begin(1, "a", String.class);
        CompletableFuture<RpcResult<String>> silent = calls.begin(2, "a", String.class);
        await().atMost(Duration.ofSeconds(5))
                .until(
                        () -> {
                            calls.inProgress(1, "a");
                            calls.giveUpSilent();
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
                var _ =
                        calls.begin(id, "a", String.class)
                                .thenAccept(_ -> answers.incrementAndGet());
                var reply = threads.submit(() -> calls.failed(id, "a", RpcFailure.BUSY));
                var silence = threads.submit(() -> calls.failed(id, "a", RpcFailure.SILENT));
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
