package io.switchboard.bench.scenario;

import io.switchboard.bench.BenchException;
import io.switchboard.bench.ScenarioContext;
import io.switchboard.bench.contestant.Switchboard;
import io.switchboard.bench.load.HttpConnection;
import io.switchboard.bench.load.HttpResponse;
import io.switchboard.bench.load.Peer;
import io.switchboard.bench.load.Peers;
import io.switchboard.bench.report.Measure;
import java.io.IOException;
import java.time.Duration;

/** The first page of {@code GET /peers}, of all peers and of those that a filter matches. */
final class ClusterListing {
    private final ScenarioContext context;
    private final ClusterNodes cluster;

    ClusterListing(ScenarioContext context, ClusterNodes cluster) {
        this.context = context;
        this.cluster = cluster;
    }

    void measure() {
        int count = context.settings().manyPeers();
        try (Peers peers = cluster.connect(count, 1);
                HttpConnection http = HttpConnection.connect(context.loop(), cluster.entryNode())) {
            String suffix = " of %,d at %d".formatted(count, cluster.nodes().size());
            // Peers get their source addresses in order, 2,000 each, so one in five of 10,000
            // matches.
            String filter = address(peers.list().get(count / 2)) + ":";
            byte[] all = HttpConnection.get(cluster.entryNode(), "/peers?limit=100");
            byte[] matching =
                    HttpConnection.get(cluster.entryNode(), "/peers?limit=100&q=" + filter);
            list(http, all, ClusterScenario.warmUp(context));
            list(http, matching, ClusterScenario.warmUp(context));
            for (int round = 0; round < context.settings().rounds(); round++) {
                context.progress("cluster, GET /peers" + suffix + ", round " + (round + 1));
                Duration time = context.settings().measured().dividedBy(2);
                add("all", "GET /peers?limit=100" + suffix, list(http, all, time));
                add("some", "GET /peers?limit=100&q=" + suffix, list(http, matching, time));
            }
        }
        context.awaitPeers(cluster.entryNode(), 0);
    }

    private static String address(Peer peer) {
        try {
            return peer.address().getAddress().getHostAddress();
        } catch (IOException e) {
            throw new BenchException("a peer has no address", e);
        }
    }

    private void add(String key, String title, double millis) {
        context.results()
                .add(
                        Measure.less(
                                "cluster.list." + cluster.nodes().size() + "." + key,
                                title + (cluster.nodes().size() == 1 ? " node" : " nodes"),
                                "ms"),
                        Switchboard.NAME,
                        millis);
    }

    /** Returns the mean duration of a request in milliseconds. */
    private double list(HttpConnection http, byte[] request, Duration time) {
        long start = System.nanoTime();
        long count = 0;
        while (System.nanoTime() - start < time.toNanos()) {
            HttpResponse response = http.exchange(request);
            response.expect(cluster.entryNode().name(), 200);
            if (response.body().contains("\"partial\"")) {
                throw new BenchException("a node did not respond to GET /peers");
            }
            count++;
        }
        return (System.nanoTime() - start) / 1e6 / count;
    }
}
