package io.switchboard.http.send;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RawHttp;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.TestPropertySource;

/** The targets of all messages in progress share one budget. */
@WithService
@TestPropertySource(properties = "switchboard.deliveries.total-max=15KB")
class DeliveryBudgetIT {
    private static final int PEERS = 10;
    private static final String METRIC = "switchboard_deliveries_bytes";

    @Autowired private RunningService service;

    @Test
    void aSendThatExceedsTheBudgetIsRefusedUntilAnotherHasEnded() throws Exception {
        Api api = service.api();
        RawHttp http = new RawHttp(api.port());
        List<RawClient> peers = new ArrayList<>();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < PEERS; i++) {
                peers.add(RawClient.connect(service.port()));
            }
            peers.forEach(api::idOf); // each is connected
            Future<RawHttp.Answer> waiting =
                    callers.submit(() -> http.post("/send?to=all&wait=reply&timeout=60s", "a"));
            await().until(() -> api.metric(METRIC) == PEERS * 1_024);

            RawHttp.Answer refused = http.post("/send?to=all&wait=reply&timeout=60s", "b");
            assertThat(refused.status()).isEqualTo(429);
            assertThat(refused.header("Retry-After")).isEqualTo("1");
            assertThat(refused.body())
                    .contains(
                            "\"reason\":\"memory_full\"",
                            "needs 10240 bytes for its 10 targets",
                            "total-max is 15360",
                            "nothing was sent");
            assertThat(api.post("/send?to=all", "c").status()).isEqualTo(200);
            for (RawClient peer : peers) {
                assertThat(peer.readLine()).isEqualTo("a");
                assertThat(peer.readLine()).isEqualTo("c");
                peer.send("reply\n");
            }
            assertThat(waiting.get().body()).contains("\"replied\":10");
            await().until(() -> api.metric(METRIC) == 0);

            Future<RawHttp.Answer> next =
                    callers.submit(() -> http.post("/send?to=all&wait=reply&timeout=60s", "d"));
            for (RawClient peer : peers) {
                assertThat(peer.readLine()).isEqualTo("d");
                peer.send("reply\n");
            }
            assertThat(next.get().body()).contains("\"replied\":10");
        } finally {
            for (RawClient peer : peers) {
                peer.close();
            }
        }
    }
}
