package io.switchboard.http.send;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.switchboard.kernel.KernelSockets;
import io.switchboard.testkit.Api;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import tools.jackson.databind.JsonNode;

/** Sends with {@code wait=acked}: the kernel reports what the peer's TCP has acknowledged. */
@WithService
class AckedIT {
    /** Larger than a tiny receive buffer, smaller than the service's send buffer. */
    private static final byte[] LARGE = new byte[200 * 1024];

    @Autowired private RunningService service;
    @Autowired private KernelSockets kernel;

    @BeforeEach
    void assumeSockDiag() {
        assumeTrue(kernel.available(), "sock_diag is not available: it needs Linux");
    }

    @Test
    void aPeerThatReceivesTheMessageHasAcknowledgedEveryByte() throws Exception {
        try (RawClient client = service.connect()) {
            String id = service.api().idOf(client);
            Api.Answer answer = service.api().post("/send?wait=acked&to=" + id, "hello");
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            assertThat(answer.json().get("acked").asInt()).isEqualTo(1);
            assertThat(answer.json().get("written").asInt()).isZero();
            JsonNode result = answer.json().get("results").get(0);
            assertThat(result.get("status").asString()).isEqualTo("acked");
            assertThat(result.get("bytes").asInt()).isEqualTo(6);
        }
    }

    @Test
    void bytesInTheSendQueueAreWrittenAndNotAcknowledged() throws Exception {
        try (RawClient client = RawClient.connectWithTinyBuffer(service.port())) {
            String id = service.api().idOf(client);
            String path = "/send?framing=raw&wait=acked&timeout=300ms&to=" + id;
            Api.Answer answer = service.api().post(path, LARGE);
            assertThat(answer.status()).as(answer.body()).isEqualTo(202);
            assertThat(answer.json().get("acked").asInt()).isZero();
            assertThat(answer.json().get("failed").asInt()).isZero();

            CompletableFuture<Api.Answer> later =
                    service.api()
                            .postAsync("/send?framing=raw&wait=acked&timeout=30s&to=" + id, LARGE);
            client.read(2 * LARGE.length);
            assertThat(later.join().status()).isEqualTo(200);
            assertThat(later.join().json().get("acked").asInt()).isEqualTo(1);
        }
    }

    @Test
    void aPeerThatResetsHasNotAcknowledged() throws Exception {
        RawClient client = RawClient.connectWithTinyBuffer(service.port());
        String id = service.api().idOf(client);
        CompletableFuture<Api.Answer> answer =
                service.api().postAsync("/send?framing=raw&wait=acked&timeout=30s&to=" + id, LARGE);
        client.read(1);
        client.reset();
        assertThat(answer.join().status()).as(answer.join().body()).isEqualTo(410);
        assertThat(answer.join().json().get("detail").asString())
                .contains("reset", "may have been");
    }

    /** There are enough peers for one dump of all sockets instead of one query per socket. */
    @Test
    void aBroadcastIsAcknowledgedByAllPeers() throws Exception {
        List<RawClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 100; i++) {
                clients.add(service.connect());
            }
            service.api().awaitTotal(clients.size());
            JsonNode report = service.api().post("/send?wait=acked&to=all", "to all").json();
            assertThat(report.get("matched").asInt()).isEqualTo(clients.size());
            assertThat(report.get("acked").asInt()).isEqualTo(clients.size());
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
    }

    @Test
    void aPeerShowsItsSocket() throws IOException {
        try (RawClient client = service.connect()) {
            String id = service.api().idOf(client);
            service.api().post("/send?wait=acked&to=" + id, "hello");
            JsonNode socket = service.api().peer(id).get("socket");
            assertThat(socket.get("state").asString()).isEqualTo("ESTAB");
            assertThat(socket.get("ackedBytes").asLong()).isEqualTo(6);
            assertThat(socket.get("sendQueue").asLong()).isZero();
            assertThat(socket.get("rtt").asDouble()).isPositive();
            assertThat(socket.get("fileno").asInt()).isPositive();
            assertThat(socket.get("options").get("noDelay").asBoolean()).isTrue();
            assertThat(socket.get("options").get("keepAlive").asBoolean()).isTrue();
        }
    }

    @Test
    void peersCanBeSortedByTheirUnacknowledgedBytes() throws IOException {
        try (RawClient quick = service.connect()) {
            String quickId = service.api().idOf(quick);
            await().pollDelay(Duration.ZERO).until(() -> isBehindASlowPeer(quickId));
            assertThat(service.api().get("/peers?sort=age").status()).isEqualTo(400);
            assertThat(service.api().get("/peers?sort=rtt&after=" + quickId).status())
                    .isEqualTo(400);
        }
    }

    /**
     * Sends much to a new peer with a small window, and returns whether the list has it before
     * another one. What the window takes is unacknowledged for 40 ms only, if the kernel of the
     * peer delays the acknowledgement (RFC 9293, section 3.8.6.3), so that a list may come late.
     */
    private boolean isBehindASlowPeer(String quickId) throws IOException {
        try (RawClient slow = RawClient.connectWithTinyBuffer(service.port())) {
            String slowId = service.api().idOf(slow);
            service.api().post("/send?wait=queued&framing=raw&to=" + slowId, LARGE);
            JsonNode peers = service.api().get("/peers?sort=-unackedBytes").json().get("peers");
            List<String> ids = new ArrayList<>();
            peers.forEach(peer -> ids.add(peer.get("id").asString()));
            assertThat(ids).contains(slowId, quickId);
            return ids.indexOf(slowId) < ids.indexOf(quickId)
                    && peers.get(0).at("/socket/unackedBytes").asLong() > 0;
        }
    }
}
