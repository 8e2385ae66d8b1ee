package io.switchboard.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class MemoryBudgetTest {
    private static final class TenBytes extends MemoryBudget {
        TenBytes() {
            super("test", "Memory of the test", 10);
        }
    }

    private final MemoryBudget budget = new TenBytes();

    @Test
    void reservesUpToTheLimit() {
        assertThat(budget.tryReserve(9)).isTrue();
        assertThat(budget.tryReserve(2)).isFalse();
        assertThat(budget.used()).as("a refused reservation does not count").isEqualTo(9);
        assertThat(budget.tryReserve(1)).isTrue();
        assertThat(budget.tryReserve(1)).isFalse();
    }

    @Test
    void reservesMoreThanTheLimitUnlessItIsFull() {
        assertThat(budget.tryReserveUnlessFull(9)).isTrue();
        assertThat(budget.tryReserveUnlessFull(9)).as("there is one byte left").isTrue();
        assertThat(budget.tryReserveUnlessFull(1)).isFalse();
        assertThat(budget.used()).as("a refused reservation does not count").isEqualTo(18);
    }

    @Test
    void releasedMemoryCanBeReservedAgain() {
        budget.tryReserve(10);
        assertThat(budget.tryReserve(1)).isFalse();
        budget.release(10);
        assertThat(budget.used()).isZero();
        assertThat(budget.tryReserve(10)).isTrue();
    }

    @Test
    void anUnconditionalReservationExceedsTheLimit() {
        budget.tryReserve(10);
        budget.reserve(5);
        assertThat(budget.used()).isEqualTo(15);
        assertThat(budget.tryReserveUnlessFull(1)).isFalse();
    }

    @Test
    void refusesMoreThanTheLimitWithoutOverflow() {
        assertThat(budget.tryReserve(Long.MAX_VALUE)).isFalse();
        assertThat(budget.used()).isZero();
    }

    /** Race: several threads reserve at the limit. The sum never exceeds it. */
    @Test
    void concurrentReservationsAreCountedExactly() throws InterruptedException {
        AtomicInteger exceeded = new AtomicInteger();
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            for (int thread = 0; thread < 4; thread++) {
                threads.execute(
                        () -> {
                            for (int turn = 0; turn < 50_000; turn++) {
                                boolean reserved = budget.tryReserve(3);
                                if (budget.used() > 10) {
                                    exceeded.incrementAndGet();
                                }
                                if (reserved) {
                                    budget.release(3);
                                }
                            }
                        });
            }
        }
        assertThat(exceeded).hasValue(0);
        assertThat(budget.used()).isZero();
    }

    @Test
    void metersWhatIsUsedAndTheLimit() {
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        budget.bindTo(meters);
        budget.reserve(4);
        assertThat(meters.get("switchboard.test.bytes").gauge().value()).isEqualTo(4);
        assertThat(meters.get("switchboard.test.limit").gauge().value()).isEqualTo(10);
    }
}
