package io.switchboard.http.admin;

import io.switchboard.net.MemoryBudget;
import java.util.List;
import java.util.Map;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.stereotype.Component;

/**
 * The health component {@code budgets}: how much of each memory budget is used. It is always UP,
 * because a full budget refuses those who fill it and the service works for all others.
 */
@Component("budgetsHealthIndicator")
final class BudgetsHealth implements HealthIndicator {
    private final List<MemoryBudget> budgets;

    BudgetsHealth(List<MemoryBudget> budgets) {
        this.budgets = budgets;
    }

    @Override
    public Health health() {
        Health.Builder health = Health.up();
        budgets.forEach(
                each ->
                        health.withDetail(
                                each.name(), Map.of("used", each.used(), "limit", each.limit())));
        return health.build();
    }
}
