package io.switchboard.mailbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.Api.Answer;
import io.switchboard.testkit.TestCluster;
import io.switchboard.testkit.TwoNodes;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Messages with ttl in a cluster that has no PostgreSQL. */
@TwoNodes
class MailboxWithoutPostgresIT {

    @Test
    void theErrorNamesTheKeyToSet(TestCluster cluster) {
        for (Answer refused :
                List.of(
                        cluster.node(1).api().post("/send?to=x&ttl=1h", "x"),
                        cluster.node(1).api().get("/messages/x"),
                        cluster.node(2).api().get("/mailboxes"),
                        cluster.node(2).api().delete("/mailboxes/x"))) {
            assertThat(refused.status()).as(refused.body()).isEqualTo(501);
            assertThat(refused.json().path("reason").asString()).isEqualTo("not_available");
            assertThat(refused.json().path("detail").asString())
                    .contains("spring.datasource.url", "jdbc:postgresql:");
        }
        assertThat(cluster.node(1).api().post("/send?to=all", "x").status()).isEqualTo(200);
    }
}
