package io.switchboard.store;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.stereotype.Component;

/**
 * The health component {@code store}: DOWN while the database cannot be used, UP while it is open,
 * UP with {@code "state": "unused"} before the first need. No part of liveness and readiness,
 * because live sends do not need it.
 */
@Component("storeHealthIndicator")
final class StoreHealth implements HealthIndicator {
    private final Store store;

    StoreHealth(Store store) {
        this.store = store;
    }

    @Override
    public Health health() {
        String state = store.isOpen() ? "open" : "unused";
        return store.problem()
                .map(each -> Health.down().withDetail("reason", each))
                .orElseGet(() -> Health.up().withDetail("state", state))
                .withDetail("database", store.label())
                .build();
    }
}
