package io.switchboard.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.store.PostgresServer;
import io.switchboard.testkit.Api.Answer;
import io.switchboard.testkit.ClusterNode;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RedisServer;
import io.switchboard.testkit.TestCluster;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Listeners of the API on three nodes with one PostgreSQL. */
@Tag("system")
class ListenerClusterIT {

    @Test
    void everyNodeFollows() throws Exception {
        try (PostgresServer database = PostgresServer.start();
                RedisServer redis = RedisServer.start();
                TestCluster cluster =
                        TestCluster.start(
                                redis,
                                3,
                                "spring.datasource.url=" + database.url(),
                                "spring.datasource.username=test")) {
            ClusterNode one = cluster.node(1);
            Answer created = one.api().postJson("/listeners", "{\"name\":\"gps\",\"port\":0}");
            assertThat(created.status()).as(created.body()).isEqualTo(201);
            assertThat(created.json().has("errors")).as(created.body()).isFalse();
            List<RawClient> peers = new ArrayList<>();
            for (ClusterNode each : cluster.nodes()) {
                assertThat(each.api().get("/listeners/gps").status()).isEqualTo(200);
                peers.add(each.connect("gps"));
            }
            cluster.awaitTotal(3);
            assertThat(
                            cluster.node(2)
                                    .api()
                                    .patch("/listeners/gps", "{\"groups\":[\"east\"]}")
                                    .status())
                    .isEqualTo(200);
            await().until(
                            () ->
                                    one.api().get("/peers?group=east").json().get("total").asInt()
                                            == 3);
            assertThat(
                            one.api()
                                    .postJson(
                                            "/listeners?node=n3",
                                            "{\"name\":\"of-three\",\"port\":0}")
                                    .status())
                    .isEqualTo(201);
            assertThat(one.api().patch("/listeners/of-three", "{\"groups\":[\"w\"]}").status())
                    .isEqualTo(200);
            assertThat(cluster.node(3).api().get("/listeners/of-three").status()).isEqualTo(200);

            ClusterNode three = cluster.node(3);
            three.kill();
            three.start();
            cluster.awaitWhole();
            assertThat(three.api().get("/listeners/gps").status()).isEqualTo(200);
            assertThat(three.api().get("/listeners/of-three").status()).isEqualTo(200);

            Answer removed = one.api().delete("/listeners/gps?farewell=bye");
            assertThat(removed.json().get("closed").asInt()).as(removed.body()).isEqualTo(2);
            for (RawClient each : peers.subList(0, 2)) {
                assertThat(each.readToEnd()).isEqualTo("bye\n");
            }
            for (ClusterNode each : cluster.nodes()) {
                assertThat(each.api().get("/listeners/gps").status()).isEqualTo(404);
            }
            for (RawClient each : peers) {
                each.close();
            }
        }
    }
}
