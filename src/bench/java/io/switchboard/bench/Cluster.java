package io.switchboard.bench;

import java.time.Duration;

/**
 * Several nodes over Redis, which grow in number: what one node more costs, and what it is to be
 * another node's peer. There is no rival: a figure by another of the same run counts.
 */
final class Cluster implements Scenario {
    static final String NAME = "cluster";

    private static final int MOST_NODES = 3;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public boolean needsContestants() {
        return false;
    }

    @Override
    public void run(Stage stage) {
        if (!Redis.isInstalled()) {
            throw new Failed(
                    "redis-server is not on the PATH: install it (Debian, Ubuntu: apt-get install"
                            + " redis-server)");
        }
        stage.results()
                .note(
                        "cluster: its nodes, Redis and the generator share the cores, so that"
                                + " several nodes are no faster than one here; compare within a"
                                + " run");
        new ClusterStart(stage).measure();
        try (ClusterNodes cluster = new ClusterNodes(stage)) {
            for (int nodes = 1; nodes <= MOST_NODES; nodes++) {
                cluster.grow();
                stage.progress("cluster of " + nodes);
                new ClusterBroadcasts(stage, cluster).measure();
                if (nodes != 2) {
                    new ClusterListing(stage, cluster).measure();
                }
            }
            new Hops(stage, cluster).measure();
            new ClusterIdle(stage, cluster).measure();
        }
    }

    /** Of what a node of other scenarios gets: they were warmed up by others before. */
    static Duration warmUp(Stage stage) {
        return stage.settings().warmUp().dividedBy(4);
    }
}
