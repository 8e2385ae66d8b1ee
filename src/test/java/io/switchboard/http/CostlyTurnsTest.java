package io.switchboard.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class CostlyTurnsTest {
    private final AtomicInteger running = new AtomicInteger();

    private int work() {
        int now = running.incrementAndGet();
        LockSupport.parkNanos(1_000);
        running.decrementAndGet();
        return now;
    }

    @Test
    void halfOfTheProcessorsAtMostDoCostlyWork() throws Exception {
        List<Callable<Integer>> tasks = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            tasks.add(() -> CostlyTurns.parse(CostlyTurns.LARGE_BYTES + 1, this::work));
        }
        int most = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        try (ExecutorService threads = Executors.newFixedThreadPool(16)) {
            for (Future<Integer> each : threads.invokeAll(tasks)) {
                assertThat(each.get()).isBetween(1, most);
            }
        }
    }

    @Test
    void smallBodiesWaitForNoTurn() {
        Integer parsed =
                CostlyTurns.call(() -> CostlyTurns.parse(CostlyTurns.LARGE_BYTES, this::work));
        assertThat(parsed).isOne();
    }
}
