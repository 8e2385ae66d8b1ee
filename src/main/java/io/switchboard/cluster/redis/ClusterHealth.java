package io.switchboard.cluster.redis;

import io.switchboard.cluster.Node;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/** DOWN while this node cannot exchange requests with others; its own peers are not affected. */
final class ClusterHealth implements HealthIndicator {
    private final RedisCluster cluster;

    ClusterHealth(RedisCluster cluster) {
        this.cluster = cluster;
    }

    @Override
    public Health health() {
        Health.Builder health =
                cluster.connected()
                        ? Health.up()
                        : Health.down().withDetail("reason", "Redis is away");
        return health.withDetail("node", cluster.self().id())
                .withDetail("others", cluster.others().stream().map(Node::label).toList())
                .build();
    }
}
