package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * SIGKILL of the Redis that is the master: nodes go to the one that a Sentinel puts in its place.
 */
@Tag("system")
class SentinelIT {
    private static final String NAME = "switchboard";

    /** For how long a master says nothing before the Sentinel takes it for lost. */
    private static final Duration DOWN_AFTER = Duration.ofSeconds(1);

    private static final Duration WHOLE = Duration.ofSeconds(10);

    @Test
    void theClusterIsSoonWholeOnTheOtherRedis() throws Exception {
        try (RedisServer master = RedisServer.start();
                RedisServer _ = RedisServer.start("replicaof 127.0.0.1 " + master.port());
                RedisServer sentinel = RedisServer.startSentinel(master, NAME, DOWN_AFTER);
                Cluster cluster =
                        Cluster.start(
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
            await("a cluster on the other Redis")
                    .pollInterval(Duration.ofMillis(50))
                    .atMost(WHOLE)
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
