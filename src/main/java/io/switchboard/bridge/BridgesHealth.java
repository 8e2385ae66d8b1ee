package io.switchboard.bridge;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * The health component {@code bridges}: DOWN while a bridge cannot publish events or read sends. No
 * part of liveness and readiness, because peers and the API do not need the brokers.
 */
record BridgesHealth(Bridges bridges) implements HealthIndicator {
    @Override
    public Health health() {
        Health.Builder health = Health.up();
        for (Bridge each : bridges.all()) {
            if (each.problem().isPresent()) {
                health.down();
            }
        }
        bridges.all().forEach(each -> health.withDetail(each.name(), each.state()));
        return health.build();
    }
}
