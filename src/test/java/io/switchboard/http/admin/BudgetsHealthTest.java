package io.switchboard.http.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.net.MemoryBudget;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.health.contributor.Status;

class BudgetsHealthTest {
    private static final class TestBudget extends MemoryBudget {
        TestBudget(String name, long limit) {
            super(name, "Memory of the test", limit);
        }
    }

    @Test
    void listsEveryBudgetAndIsUpWhenOneIsFull() {
        MemoryBudget full = new TestBudget("full", 5);
        full.reserve(5);
        BudgetsHealth health = new BudgetsHealth(List.of(full, new TestBudget("empty", 7)));
        assertThat(health.health().getStatus()).isEqualTo(Status.UP);
        assertThat(health.health().getDetails())
                .containsOnly(
                        Map.entry("full", Map.of("used", 5L, "limit", 5L)),
                        Map.entry("empty", Map.of("used", 0L, "limit", 7L)));
    }
}
