package io.switchboard.bench.scenario;

import io.switchboard.bench.BenchException;
import io.switchboard.bench.Scenario;
import io.switchboard.bench.ScenarioContext;
import io.switchboard.bench.contestant.Redis;
import java.time.Duration;

/**
 * Clusters of one to three nodes over Redis. It measures the cost of an additional node, and of a
 * send to a peer of another node. There is no rival; compare the figures of one run with each
 * other.
 */
final class ClusterScenario implements Scenario {
    private static final int MAX_NODES = 3;

    @Override
    public String name() {
        return "cluster";
    }

    @Override
    public boolean needsContestants() {
        return false;
    }

    @Override
    public void run(ScenarioContext context) {
        if (!Redis.isInstalled()) {
            throw new BenchException(
                    "redis-server is not on the PATH: install it (Debian, Ubuntu: apt-get install"
                            + " redis-server)");
        }
        context.results()
                .note(
                        "cluster: its nodes, Redis and the generator share the cores, so that"
                                + " several nodes are no faster than one here; compare within a"
                                + " run");
        new ClusterStart(context).measure();
        try (ClusterNodes cluster = new ClusterNodes(context)) {
            for (int nodes = 1; nodes <= MAX_NODES; nodes++) {
                cluster.addNode();
                context.progress("cluster of " + nodes);
                new ClusterBroadcasts(context, cluster).measure();
                if (nodes != 2) {
                    new ClusterListing(context, cluster).measure();
                }
            }
            new ClusterSends(context, cluster).measure();
            new ClusterIdle(context, cluster).measure();
        }
    }

    /**
     * Returns a quarter of the usual warm-up, because earlier measurements have warmed the nodes
     * up.
     */
    static Duration warmUp(ScenarioContext context) {
        return context.settings().warmUp().dividedBy(4);
    }
}
