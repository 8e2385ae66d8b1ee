package io.switchboard.cluster.redis;

import io.switchboard.cluster.Node;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Warns, once, of another node that has the name of this one: a back end cannot tell them apart,
 * and bridges of both use the same client id. After a crash, the lease of the same node before is
 * still there for a moment, so a node is looked at only when it has been there for longer.
 *
 * <p>Only the renewing thread of {@link Membership} calls it.
 */
final class NodeNames {
    private static final Logger log = LoggerFactory.getLogger(NodeNames.class);
    private static final Duration LEFT_OVER = Membership.LEASE.multipliedBy(2);

    /** When nodes with the name of this one were first seen, by id. */
    private final Map<String, Long> seen = new HashMap<>();

    private boolean warned;

    /**
     * Looks at the nodes that are there.
     *
     * @param now {@link System#nanoTime}
     */
    void look(Node own, Collection<Node> others, long now) {
        if (warned) {
            return;
        }
        Map<String, Long> before = Map.copyOf(seen);
        seen.clear();
        for (Node other : others) {
            if (own.name() == null || !Objects.equals(other.name(), own.name())) {
                continue;
            }
            long since = before.getOrDefault(other.id(), now);
            seen.put(other.id(), since);
            if (now - since > LEFT_OVER.toNanos() && !warned) {
                warned = true;
                log.warn(
                        "cluster: node {} on host {} has the name {} too: set switchboard.cluster.node to a name of its own at each node",
                        other.id(),
                        other.host(),
                        own.name());
            }
        }
    }
}
