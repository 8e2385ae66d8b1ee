package io.switchboard.cluster;

import io.switchboard.node.Node;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/** DOWN while this node can neither hear the others nor be heard; its own peers lack nothing. */
final class ClusterHealth implements HealthIndicator {
    private final RedisNodes nodes;

    ClusterHealth(RedisNodes nodes) {
        this.nodes = nodes;
    }

    @Override
    public Health health() {
        Health.Builder health =
                nodes.connected()
                        ? Health.up()
                        : Health.down().withDetail("reason", "Redis is away");
        return health.withDetail("node", nodes.self().id())
                .withDetail("others", nodes.others().stream().map(Node::label).toList())
                .build();
    }
}
