package io.switchboard.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RawHttp;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.TestPropertySource;

/** The bodies of all requests in progress share one budget, and grow as they arrive. */
@WithService
@TestPropertySource(properties = "switchboard.http.bodies-max=2560KB")
class BodyBudgetIT {
    private static final int MIB = 1024 * 1024;
    private static final String METRIC = "switchboard_http_bodies_bytes";

    @Autowired private RunningService service;
    private final List<RawClient> clients = new ArrayList<>();
    private Api api;

    @BeforeEach
    void nothingIsUsed() {
        api = service.api();
        await().until(() -> api.metric(METRIC) == 0);
    }

    @AfterEach
    void close() throws IOException {
        for (RawClient client : clients) {
            client.close();
        }
        await("the budget has all memory back").until(() -> api.metric(METRIC) == 0);
    }

    @Test
    void anAnnouncedBodyCostsNothingUntilItArrives() throws IOException {
        for (int i = 0; i < 100; i++) {
            announce(MIB, 5_000);
        }
        await().until(() -> api.metric(METRIC) > 0);
        assertThat(api.post("/send?to=all", "x".repeat(MIB)).status()).isEqualTo(200);
        assertThat(api.metric(METRIC)).isLessThan(MIB);
    }

    @Test
    void answers429WhenTheBudgetIsExhaustedAndWorksAgainAfterwards() throws IOException {
        announce(MIB, 700_000);
        // a buffer that grows has one of half its size beside it for a moment
        await().until(() -> api.metric(METRIC) == MIB);
        RawClient second = announce(MIB, 700_000);
        await().until(() -> api.metric(METRIC) == 2 * MIB);

        RawHttp.Answer refused =
                new RawHttp(service.api().port()).post("/send?to=all", "x".repeat(600_000));
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.body()).contains("\"reason\":\"body_budget\"", "bodies-max is 2621440");
        assertThat(refused.header("Retry-After")).isEqualTo("1");
        assertThat(api.post("/send?to=all", "small").status()).isEqualTo(200);
        assertThat(api.get("/actuator/health").json().at("/components/budgets/status").asString())
                .isEqualTo("UP");
        assertThat(
                        api.get("/actuator/health")
                                .json()
                                .at("/components/budgets/details/http.bodies/used")
                                .asInt())
                .isEqualTo(2 * MIB);

        second.send("x".repeat(MIB - 700_000)); // the body is complete
        assertThat(second.readLine()).isEqualTo("HTTP/1.1 200 \r");
        await().until(() -> api.metric(METRIC) <= MIB);
        assertThat(api.post("/send?to=all", "hello").status()).isEqualTo(200);
    }

    @Test
    void aLineOfABatchIsRefusedAndTheNextIsSent() throws IOException {
        announce(MIB, 700_000);
        announce(MIB, 500_000);
        await().until(() -> api.metric(METRIC) >= 1.4 * MIB);
        String big = "{\"to\":\"all\",\"text\":\"" + "x".repeat(900_000) + "\"}\n";
        String small = "{\"to\":\"all\",\"text\":\"x\"}\n";
        List<String> results =
                api.post("/send", "application/x-ndjson", BodyPublishers.ofString(big + small))
                        .body()
                        .lines()
                        .toList();
        assertThat(results).hasSize(2);
        assertThat(results.getFirst()).contains("\"status\":429", "\"reason\":\"body_budget\"");
        assertThat(results.getLast()).contains("\"status\":200");
    }

    /** Sends the head of a request whose body has this length, and a part of the body. */
    private RawClient announce(int length, int sent) throws IOException {
        RawClient client = RawClient.connect(service.api().port());
        clients.add(client);
        client.send(
                "POST /send?to=all HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                        + length
                        + "\r\n\r\n"
                        + "x".repeat(sent));
        return client;
    }
}
