package io.switchboard.bench;

import java.io.IOException;
import java.time.Duration;

/** The first page of {@code GET /peers}, of all peers and of some that are looked for. */
final class ClusterListing {
    private final Stage stage;
    private final ClusterNodes cluster;

    ClusterListing(Stage stage, ClusterNodes cluster) {
        this.stage = stage;
        this.cluster = cluster;
    }

    void measure() {
        int peers = stage.settings().many();
        try (Audience audience = cluster.audience(peers, 1);
                Http http = Http.connect(stage.loop(), cluster.asked())) {
            String of = " of %,d at %d".formatted(peers, cluster.nodes().size());
            // a part of the addresses of one in five, as they are handed out
            String part = address(audience.peers().get(peers / 2)) + ":";
            byte[] all = Http.get(cluster.asked(), "/peers?limit=100");
            byte[] some = Http.get(cluster.asked(), "/peers?limit=100&q=" + part);
            list(http, all, Cluster.warmUp(stage));
            list(http, some, Cluster.warmUp(stage));
            for (int round = 0; round < stage.settings().rounds(); round++) {
                stage.progress("cluster, GET /peers" + of + ", round " + (round + 1));
                Duration time = stage.settings().measured().dividedBy(2);
                add("all", "GET /peers?limit=100" + of, list(http, all, time));
                add("some", "GET /peers?limit=100&q=" + of, list(http, some, time));
            }
        }
        stage.awaitPeers(cluster.asked(), 0);
    }

    private static String address(Peer peer) {
        try {
            return peer.address().getAddress().getHostAddress();
        } catch (IOException e) {
            throw new Failed("a peer has no address", e);
        }
    }

    private void add(String key, String title, double millis) {
        stage.results()
                .add(
                        Measure.less(
                                "cluster.list." + cluster.nodes().size() + "." + key,
                                title + (cluster.nodes().size() == 1 ? " node" : " nodes"),
                                "ms"),
                        Switchboard.NAME,
                        millis);
    }

    /**
     * @return mean milliseconds
     */
    private double list(Http http, byte[] request, Duration time) {
        long start = System.nanoTime();
        long count = 0;
        while (System.nanoTime() - start < time.toNanos()) {
            HttpAnswer answer = http.exchange(request);
            answer.expect(cluster.asked().name(), 200);
            if (answer.body().contains("\"partial\"")) {
                throw new Failed("a node did not answer GET /peers");
            }
            count++;
        }
        return (System.nanoTime() - start) / 1e6 / count;
    }
}
