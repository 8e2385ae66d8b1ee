package io.switchboard.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.ClusterNode;
import io.switchboard.testkit.Crowd;
import io.switchboard.testkit.Haproxy;
import io.switchboard.testkit.RedisServer;
import io.switchboard.testkit.TestCluster;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.JsonNode;

/** Three nodes behind an HAProxy, which gives each node about a third of the clients. */
public record CrowdedCluster(RedisServer redis, TestCluster cluster, Haproxy haproxy, Crowd crowd)
        implements AutoCloseable {
    public static final int PEERS = 3_000;
    private static final int NODES = 3;

    /**
     * A client and its peer.
     *
     * @param id the id of the peer
     */
    public record Target(String id, Crowd.Member member) {}

    /** Starts the nodes and connects the clients. Returns when each node lists all peers. */
    public static CrowdedCluster start(Path folder, String... properties) throws IOException {
        Haproxy.require();
        List<AutoCloseable> started = new ArrayList<>();
        try {
            RedisServer redis = RedisServer.start();
            started.add(redis);
            TestCluster cluster = TestCluster.start(redis, NODES, properties);
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

    public ClusterNode node(int number) {
        return cluster.node(number);
    }

    /** Returns the clients of this node, found by their ports, which are unique at HAProxy. */
    public List<Target> targetsAt(ClusterNode node) {
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
