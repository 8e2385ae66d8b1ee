package io.switchboard.cluster.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.switchboard.cluster.RpcCodec;
import io.switchboard.cluster.RpcResult;
import io.switchboard.cluster.RpcResult.RpcFailure;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PendingCallsTest {
    private static final int SILENT_TICKS = 10;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final PendingCalls calls = new PendingCalls(meters);

    @Test
    void onlyTheFirstResultCounts() {
        CompletableFuture<RpcResult<String>> answer = calls.begin(1, "a", String.class);
        calls.answered(1, "a", RpcCodec.encode("given"));
        calls.failed(1, "a", RpcFailure.LOST);
        assertThat(answer).isCompletedWithValue(new RpcResult.Answered<>("given"));
        assertThat(count("answered")).isOne();
        assertThat(count("lost")).isZero();
    }

    @Test
    void eachNodeHasItsOwnResult() {
        CompletableFuture<RpcResult<String>> first = calls.begin(1, "a", String.class);
        CompletableFuture<RpcResult<String>> second = calls.begin(1, "b", String.class);
        calls.failed(1, "b", RpcFailure.BUSY);
        assertThat(first).isNotDone();
        assertThat(second).isCompletedWithValue(new RpcResult.Failed<>(RpcFailure.BUSY));
    }

    @Test
    void failsACallAfterTenTicksOfSilence() {
        CompletableFuture<RpcResult<String>> answer = calls.begin(1, "a", String.class);
        tick(SILENT_TICKS);
        assertThat(answer).isNotDone();
        calls.tick();
        assertThat(answer).isCompletedWithValue(new RpcResult.Failed<>(RpcFailure.SILENT));
        assertThat(count("silent")).isOne();
    }

    @Test
    void progressRestartsTheSilenceTimeout() {
        CompletableFuture<RpcResult<String>> working = calls.begin(1, "a", String.class);
        CompletableFuture<RpcResult<String>> silent = calls.begin(2, "a", String.class);
        tick(SILENT_TICKS);
        calls.inProgress(1, "a");
        calls.tick();
        assertThat(silent).isDone();
        tick(SILENT_TICKS - 1);
        assertThat(working).isNotDone();
        calls.tick();
        assertThat(working).isDone();
    }

    private void tick(int count) {
        for (int tick = 0; tick < count; tick++) {
            calls.tick();
        }
    }

    /**
     * Race: an answer arrives while the silence timeout expires. One of them completes the call.
     */
    @Test
    void anAnswerDuringTheSilenceTimeoutIsCountedOnce() throws Exception {
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
