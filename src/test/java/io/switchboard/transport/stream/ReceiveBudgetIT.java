package io.switchboard.transport.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import io.switchboard.transport.ReceiveBudget;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.TestPropertySource;

/**
 * All unfinished frames share one budget: the peers with the oldest ones are closed, and nobody
 * else notices.
 */
@WithService
@TestPropertySource(properties = "switchboard.receive.total-max=300KB")
class ReceiveBudgetIT {
    private static final int FILLERS = 40;
    private static final String UNFINISHED = "x".repeat(60_000);
    private static final String ERROR =
            "error receive_budget: memory for unfinished frames is full, and this peer's was the oldest\n";

    private final RunningService service;
    private final ReceiveBudget budget;
    private final Api api;

    ReceiveBudgetIT(@Autowired RunningService service, @Autowired ReceiveBudget budget) {
        this.service = service;
        this.budget = budget;
        this.api = service.api();
    }

    @BeforeEach
    void nobodyElseIsConnected() {
        api.awaitTotal(0);
    }

    @Test
    void closesTheOldestUnfinishedFramesAndNobodyElse() throws Exception {
        List<RawClient> fillers = new ArrayList<>();
        try (RawClient bystander = RawClient.connect(service.port());
                RawClient slow = RawClient.connect(service.port())) {
            String bystanderId = api.idOf(bystander);
            String slowId = api.idOf(slow);
            slow.send("a frame below the free bytes");
            for (int at = 0; at < FILLERS; at++) {
                RawClient filler = RawClient.connect(service.port());
                fillers.add(filler);
                filler.send(UNFINISHED);
                bystander.send("line " + at + "\n");
            }
            for (RawClient each : fillers.subList(0, FILLERS / 2)) {
                assertThat(each.readToEnd()).isEqualTo(ERROR);
            }
            assertThat(budget.used()).isLessThanOrEqualTo(budget.limit());
            assertThat(api.metric("switchboard_receive_bytes"))
                    .isBetween(1.0, (double) budget.limit());

            awaitMessages(bystanderId, FILLERS);
            slow.send(", finished\n");
            awaitMessages(slowId, 1);
            assertThat(api.peer(bystanderId).get("state").asString()).isEqualTo("open");
        } finally {
            for (RawClient each : fillers) {
                each.close();
            }
        }
        await().until(() -> budget.used() == 0);
    }

    /** Complete frames that wait for their turn do not count against their peer. */
    @Test
    void aBurstOfSmallFramesIsReceivedWholeWhileTheBudgetIsFull() throws Exception {
        List<RawClient> fillers = new ArrayList<>();
        try (RawClient burst = RawClient.connect(service.port())) {
            String id = api.idOf(burst);
            for (int at = 0; at < 10; at++) {
                RawClient filler = RawClient.connect(service.port());
                fillers.add(filler);
                filler.send(UNFINISHED);
            }
            burst.send("\n".repeat(100_000));
            awaitMessages(id, 100_000);
            assertThat(api.peer(id).get("state").asString()).isEqualTo("open");
        } finally {
            for (RawClient each : fillers) {
                each.close();
            }
        }
        await().until(() -> budget.used() == 0);
    }

    private void awaitMessages(String id, int messages) {
        await().until(
                        () -> api.peer(id).at("/received/messages").asInt(),
                        received -> received == messages);
    }
}
