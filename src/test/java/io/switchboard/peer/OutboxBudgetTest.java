package io.switchboard.peer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class OutboxBudgetTest {

    @Test
    void isChargedUntilItIsSpent() {
        OutboxBudget budget = new OutboxBudget(10);
        assertThat(budget.take(9, false)).isTrue();
        assertThat(budget.take(9, false)).as("a single message may exceed it").isTrue();
        assertThat(budget.take(1, false)).isFalse();
        assertThat(budget.held()).as("what is refused is not charged").isEqualTo(18);
    }

    @Test
    void whatIsGivenBackMayBeTakenAgain() {
        OutboxBudget budget = new OutboxBudget(10);
        budget.take(10, false);
        assertThat(budget.take(1, false)).isFalse();
        budget.giveBack(10);
        assertThat(budget.held()).isZero();
        assertThat(budget.take(1, false)).isTrue();
    }

    @Test
    void chargesBeyondTheMaximumWhatMustBeKept() {
        OutboxBudget budget = new OutboxBudget(10);
        budget.take(10, false);
        assertThat(budget.take(5, true)).isTrue();
        assertThat(budget.held()).isEqualTo(15);
    }

    /** Race: threads that take at the bound together exceed it by one message each at most. */
    @Test
    void concurrentTakersAreCountedExactly() throws Exception {
        OutboxBudget budget = new OutboxBudget(10_000);
        AtomicInteger taken = new AtomicInteger();
        List<Elsewhere<Boolean>> takers = new ArrayList<>();
        for (int taker = 0; taker < 4; taker++) {
            takers.add(
                    Elsewhere.run(
                            () -> {
                                for (int turn = 0; turn < 20_000; turn++) {
                                    if (budget.take(1, false)) {
                                        taken.incrementAndGet();
                                    }
                                }
                            }));
        }
        for (Elsewhere<Boolean> taker : takers) {
            taker.result();
        }
        assertThat(budget.held()).isEqualTo(taken.get()).isEqualTo(10_000);
    }
}
