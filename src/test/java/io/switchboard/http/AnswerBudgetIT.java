package io.switchboard.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RawHttp;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.test.context.TestPropertySource;

/** The answers of all requests in progress share one budget while their clients do not read. */
@WithService
@ExtendWith(OutputCaptureExtension.class)
@TestPropertySource(
        properties = {
            "switchboard.http.answers-max=1MB",
            "switchboard.history.max-bytes=256KB",
            // the write deadline: much longer than a test holds the budget
            "server.tomcat.connection-timeout=15s"
        })
class AnswerBudgetIT {
    private static final String METRIC = "switchboard_http_answers_bytes";
    private static final int PEERS = 500;
    private static final String LIST = "/peers?limit=1000";

    @Autowired private RunningService service;
    private final List<RawClient> clients = new ArrayList<>();
    private Api api;

    @BeforeEach
    void connectPeers() throws IOException {
        api = service.api();
        for (int i = 0; i < PEERS; i++) {
            clients.add(service.connect());
        }
        await().until(() -> api.get("/peers?limit=1").json().get("total").asInt() == PEERS);
    }

    @AfterEach
    void close() throws IOException {
        for (RawClient client : clients) {
            client.close();
        }
        await("all peers are gone and the budget has all memory back")
                .until(
                        () ->
                                api.get("/peers?limit=1").json().get("total").asInt() == 0
                                        && api.metric(METRIC) == 0);
    }

    @Test
    void clientsThatDoNotReadHoldTheBudgetAndNobodyElseWaits(CapturedOutput output)
            throws IOException {
        fill();
        RawHttp.Answer refused = new RawHttp(api.port()).ask("GET", LIST);
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.header("Retry-After")).isEqualTo("1");
        assertThat(refused.header("Content-Type")).startsWith("application/problem+json");
        assertThat(refused.body())
                .contains("\"reason\":\"answer_budget\"", "answers-max is 1048576");
        assertThat(new RawHttp(api.port()).ask("GET", LIST, "Accept: text/plain").status())
                .isEqualTo(429);
        assertThat(api.get("/peers?limit=5").status()).isEqualTo(200);
        assertThat(api.get("/actuator/prometheus").status()).isEqualTo(200);
        assertThat(api.post("/send?to=all&results=none", "hello").status()).isEqualTo(200);
        assertThat(
                        api.get("/actuator/health")
                                .json()
                                .at("/components/budgets/details/http.answers/limit")
                                .asInt())
                .isEqualTo(1024 * 1024);

        // the write deadline ends the answers that nobody reads
        await().until(() -> api.metric(METRIC) == 0);
        assertThat(api.get(LIST).status()).isEqualTo(200);
        assertThat(output.toString().split("were not written to their end")).hasSizeLessThan(3);
        assertThat(output).doesNotContain("Response already committed");
    }

    @Test
    void theReportOfASendListsNoTargetsIfItDoesNotFit() throws IOException {
        fill();
        Api.Answer sent = api.post("/send?to=all&results=all", "hello");
        assertThat(sent.status()).isEqualTo(200);
        assertThat(sent.json().get("written").asInt()).isEqualTo(PEERS);
        assertThat(sent.json().get("results")).isEmpty();
        assertThat(clients.getFirst().readLine()).isEqualTo("hello");
    }

    @Test
    void messagesAndHexDumpsCount() throws IOException {
        RawClient peer = clients.getFirst();
        peer.send(("x".repeat(30_000) + "\n").repeat(5));
        String id =
                api.get("/peers?sort=-receivedBytes&limit=1").json().at("/peers/0/id").asString();
        String messages = "/peers/" + id + "/messages";
        await().until(() -> api.get(messages).json().get("messages").size() == 5);
        fill();
        assertThat(api.get(messages).status()).isEqualTo(429);
        assertThat(api.get(messages + "?format=hexdump").status()).isEqualTo(429);
        assertThat(api.get(messages + "?after=5").status()).isEqualTo(200);
    }

    /** Requests pages of which no client reads more than its socket buffers. */
    private void fill() throws IOException {
        List<Integer> pages = List.of(PEERS, PEERS, 400);
        for (int limit : pages) {
            RawClient client = RawClient.connectWithTinyBuffer(api.port());
            clients.add(client);
            client.send("GET /peers?limit=" + limit + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        }
        int rows = pages.stream().mapToInt(Integer::intValue).sum();
        await().until(() -> api.metric(METRIC) == rows * AnswerSizes.ROW_BYTES);
    }
}
