package io.switchboard.cluster.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.ClusterNode;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RedisServer;
import io.switchboard.testkit.TestCluster;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** SIGKILL of the Redis master: the nodes reconnect to the replica that a Sentinel promotes. */
@Tag("system")
class SentinelIT {
    private static final String NAME = "switchboard";

    /**
     * How long a master is silent before the Sentinel declares it down: long enough for the sends
     * that nothing replaces the master yet.
     */
    private static final Duration DOWN_AFTER = Duration.ofSeconds(5);

    @Test
    void theClusterIsSoonCompleteOnTheOtherRedis() throws Exception {
        try (RedisServer master = RedisServer.start();
                RedisServer _ = RedisServer.start("replicaof 127.0.0.1 " + master.port());
                RedisServer sentinel = RedisServer.startSentinel(master, NAME, DOWN_AFTER);
                TestCluster cluster =
                        TestCluster.start(
                                master,
                                2,
                                "spring.data.redis.sentinel.master=" + NAME,
                                "spring.data.redis.sentinel.nodes=127.0.0.1:" + sentinel.port());
                RawClient first = cluster.node(1).connect();
                RawClient second = cluster.node(2).connect()) {
            List<RawClient> clients = List.of(first, second);
            List<String> ids = List.of(cluster.node(1).idOf(first), cluster.node(2).idOf(second));

            master.kill();
            long start = System.nanoTime();
            assertThat(send(cluster.node(1), ids.get(1))).isEqualTo(503);
            for (int i = 0; i < 2; i++) {
                assertThat(send(cluster.node(1 + i), ids.get(i))).isEqualTo(200);
                assertThat(clients.get(i).readLine()).isEqualTo("n" + (1 + i));
            }
            await("the cluster is complete on the other Redis")
                    .pollInterval(Duration.ofMillis(50))
                    .until(
                            () ->
                                    send(cluster.node(1), ids.get(1)) == 200
                                            && send(cluster.node(2), ids.getFirst()) == 200);
            System.out.printf(
                    "the master killed: whole on the other Redis after %d ms%n",
                    Duration.ofNanos(System.nanoTime() - start).toMillis());
            assertThat(second.readLine()).isEqualTo("n1");
            assertThat(first.readLine()).isEqualTo("n2");
            cluster.awaitWhole();
        }
    }

    private static int send(ClusterNode node, String id) {
        return node.api().post("/send?to=" + id, node.name()).status();
    }
}
