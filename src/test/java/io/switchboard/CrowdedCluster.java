package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.JsonNode;

/** Three nodes behind a HAProxy, which gives each about a third of a crowd. */
record CrowdedCluster(RedisServer redis, Cluster cluster, Haproxy haproxy, Crowd crowd)
        implements AutoCloseable {
    static final int PEERS = 3_000;
    private static final int NODES = 3;

    /**
     * One of the crowd at one of the nodes.
     *
     * @param id of the peer
     */
    record Target(String id, Crowd.Member member) {}

    /** Returns when each node lists all. */
    static CrowdedCluster start(Path folder, String... properties) throws IOException {
        Haproxy.require();
        List<AutoCloseable> started = new ArrayList<>();
        try {
            RedisServer redis = RedisServer.start();
            started.add(redis);
            Cluster cluster = Cluster.start(redis, NODES, properties);
            started.add(cluster);
            Haproxy haproxy = Haproxy.listening(folder, cluster);
            started.add(haproxy);
            Crowd crowd = Crowd.connect(haproxy.port(), PEERS);
            started.add(crowd);
            cluster.awaitTotal(PEERS);
            return new CrowdedCluster(redis, cluster, haproxy, crowd);
        } catch (IOException | RuntimeException | Error e) {
            closeAll(started);
            throw e;
        }
    }

    ClusterNode node(int number) {
        return cluster.node(number);
    }

    /** Who is at this node. By their ports, which they have for themselves at HAProxy. */
    List<Target> at(ClusterNode node) {
        Map<Integer, Crowd.Member> members = new HashMap<>();
        crowd.members().forEach(member -> members.put(member.port(), member));
        String boot = node.boot() + "-";
        List<Target> targets = new ArrayList<>();
        for (JsonNode peer : node.api().peers()) {
            String id = peer.get("id").asString();
            if (id.startsWith(boot)) {
                int port = peer.at("/peername/port").asInt();
                targets.add(new Target(id, Objects.requireNonNull(members.get(port))));
            }
        }
        assertThat(targets.size()).as("peers at " + node.name()).isGreaterThan(PEERS / NODES / 2);
        return targets;
    }

    @Override
    public void close() throws IOException {
        closeAll(new ArrayList<>(List.of(redis, cluster, haproxy, crowd)));
    }

    private static void closeAll(List<AutoCloseable> started) throws IOException {
        Collections.reverse(started);
        for (AutoCloseable each : started) {
            try {
                each.close();
            } catch (IOException | RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IOException(e);
            }
        }
    }
}
