package io.switchboard.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.Api.Answer;
import io.switchboard.testkit.ClusterNode;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.TestCluster;
import io.switchboard.testkit.TwoNodes;
import org.junit.jupiter.api.Test;

/** Listeners of the API on two nodes that have no common store. */
@TwoNodes
class ListenerNodesIT {

    @Test
    void aListenerOfOneNodeIsCreatedThroughAnother(TestCluster cluster) throws Exception {
        ClusterNode one = cluster.node(1);
        ClusterNode two = cluster.node(2);
        Answer refused = one.api().postJson("/listeners", "{\"name\":\"x\",\"port\":0}");
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.json().get("reason").asString()).isEqualTo("needs_shared_store");
        Answer unknown = one.api().postJson("/listeners?node=n9", "{\"name\":\"x\",\"port\":0}");
        assertThat(unknown.status()).isEqualTo(404);
        assertThat(unknown.json().get("reason").asString()).isEqualTo("unknown_node");

        String gps = "{\"name\":\"of-two\",\"port\":0}";
        Answer created = one.api().postJson("/listeners?node=n2", gps);
        assertThat(created.status()).as(created.body()).isEqualTo(201);
        assertThat(one.api().get("/listeners/of-two").status()).isEqualTo(404);
        assertThat(two.api().get("/listeners/of-two").json().get("node").asString())
                .isEqualTo("n2");
        assertThat(one.api().postJson("/listeners?node=n2", gps).json().get("reason").asString())
                .isEqualTo("listener_exists");
        Answer bad = one.api().postJson("/listeners?node=n2", "{\"name\":\"bad\",\"port\":99999}");
        assertThat(bad.status()).isEqualTo(400);
        assertThat(bad.json().get("key").asString()).isEqualTo("port");
        try (RawClient client = two.connect("of-two")) {
            assertThat(two.api().patch("/listeners/of-two", "{\"idle-timeout\":\"1m\"}").status())
                    .isEqualTo(200);
            Answer removed = two.api().delete("/listeners/of-two?farewell=bye");
            assertThat(removed.json().get("closed").asInt()).isEqualTo(1);
            assertThat(client.readToEnd()).isEqualTo("bye\n");
        }
    }
}
