package io.switchboard.load;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.Crowd;
import io.switchboard.testkit.Footprint;
import io.switchboard.testkit.LoggedWarnings;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

/** Sends to a thousand peers at a time, and connects and closes ten thousand. */
@WithService
@Isolated("compares the JVM's descriptors, threads and heap, and reads its log")
@TestPropertySource(properties = "switchboard.outbox.write-deadline=12s")
class ThousandPeersIT {
    private static final int PEERS = 1_000;
    private static final int LARGE = 64 * 1024;

    /** Far more messages than the kernel buffers for a peer that does not read. */
    private static final int SENDS_THAT_FILL_A_SOCKET = 500;

    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    private final RunningService service;
    private final Api api;

    ThousandPeersIT(@Autowired RunningService service) {
        this.service = service;
        this.api = service.api();
    }

    @BeforeEach
    void awaitNoPeers() {
        api.awaitTotal(0);
    }

    @Test
    void eachPeerGetsTheBroadcastAndItsOwnMessage() throws Exception {
        try (Crowd crowd = Crowd.connect(service.port(), PEERS)) {
            api.awaitTotal(PEERS);
            Map<Integer, String> ids = idsByPort();

            Api.Answer broadcast = api.post("/send?to=all", "to all of you");
            assertThat(broadcast.status()).as(broadcast.body()).isEqualTo(200);
            assertThat(broadcast.json().get("written").asInt()).isEqualTo(PEERS);
            for (Crowd.Member member : crowd.members()) {
                String id = ids.get(member.port());
                Api.Answer own = api.post("/send?to=" + id, "to " + id + " alone");
                assertThat(own.status()).as(own.body()).isEqualTo(200);
            }

            await().untilAsserted(
                            () ->
                                    assertThat(crowd.members())
                                            .allMatch(member -> hasReadItsMessages(member, ids)));
        }
    }

    private static boolean hasReadItsMessages(Crowd.Member member, Map<Integer, String> ids) {
        String id = ids.get(member.port());
        return member.hasRead("to all of you\nto %s alone\n".formatted(id));
    }

    @Test
    void aPeerThatNeverReadsDoesNotAffectTheOthers() throws Exception {
        byte[] large = new byte[LARGE];
        Arrays.fill(large, (byte) 'x');
        CRC32C expected = new CRC32C();
        long bytes = 0;
        try (RawClient stuck = RawClient.connectWithTinyBuffer(service.port());
                Crowd crowd = Crowd.connect(service.port(), PEERS - 1)) {
            api.awaitTotal(PEERS);
            String id = api.idOf(stuck);
            fillSocket(id, large);

            CompletableFuture<Api.Answer> own =
                    api.postAsync("/send?timeout=60s&to=" + id, "never read".getBytes(UTF_8));
            CompletableFuture<Api.Answer> broadcast =
                    api.postAsync("/send?timeout=60s&to=all", large);
            for (int sent = 1; sent <= 20; sent++) {
                if (sent > 1) {
                    Api.Answer more = api.post("/send?wait=queued&to=all", large);
                    assertOnlyFailsAt(id, more);
                }
                expected.update(large);
                expected.update('\n');
                bytes += LARGE + 1;
                long all = bytes;
                await().untilAsserted(() -> crowd.assertAllReceived(all));
            }

            assertThat(api.awaitClosed(id)).isEqualTo("slow_consumer");
            Api.Answer ownAnswer = own.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
            assertThat(ownAnswer.status()).as(ownAnswer.body()).isEqualTo(410);
            assertThat(ownAnswer.body()).contains("slow_consumer");
            Api.Answer broadcastAnswer = broadcast.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
            assertThat(broadcastAnswer.status()).as(broadcastAnswer.body()).isEqualTo(207);
            assertThat(broadcastAnswer.json().get("written").asInt()).isEqualTo(PEERS - 1);
            assertThat(broadcastAnswer.json().get("results").toString())
                    .isEqualTo(
                            "[{\"peer\":\"%s\",\"status\":\"failed\",\"reason\":\"slow_consumer\"}]"
                                    .formatted(id));

            for (Crowd.Member member : crowd.members()) {
                assertThat(member.received()).isEqualTo(bytes);
                assertThat(member.checksum()).isEqualTo(expected.getValue());
                assertThat(member.ended()).isFalse();
            }
            assertThat(api.metric("switchboard_failed_messages_total{listener=\"default\"}"))
                    .isGreaterThanOrEqualTo(3);
            await().until(() -> api.metric("switchboard_outbox_bytes") == 0);
        }
    }

    /** Sends to a peer that does not read until its outbox holds a message. */
    private void fillSocket(String id, byte[] large) {
        for (int sends = 0; sends < SENDS_THAT_FILL_A_SOCKET; sends++) {
            Api.Answer answer = api.post("/send?wait=queued&to=" + id, large);
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            if (answer.json().get("queued").asInt() == 1) {
                return;
            }
        }
        throw new AssertionError("the kernel accepted everything");
    }

    /** Checks that only this peer may have failed; it may also still have the message queued. */
    private static void assertOnlyFailsAt(String id, Api.Answer answer) {
        JsonNode report = answer.json();
        assertThat(report.get("matched").asInt() - report.get("failed").asInt())
                .as(answer.body())
                .isGreaterThanOrEqualTo(PEERS - 1);
        for (JsonNode result : report.get("results")) {
            assertThat(result.get("peer").asString()).isEqualTo(id);
            assertThat(result.get("reason").asString()).isIn("outbox_full", "slow_consumer");
        }
    }

    @Test
    void tenThousandClosedPeersLeaveNothingBehind() throws Exception {
        connectAndClose(true);
        connectAndClose(false);
        Footprint before = Footprint.now();
        try (LoggedWarnings complaints = new LoggedWarnings()) {
            for (int wave = 0; wave < 10; wave++) {
                connectAndClose(wave % 2 == 0);
            }
            await().untilAsserted(
                            () -> {
                                Footprint after = Footprint.now();
                                assertThat(after.descriptors())
                                        .isLessThanOrEqualTo(before.descriptors() + 10);
                                assertThat(after.threads())
                                        .isLessThanOrEqualTo(before.threads() + 5);
                                assertThat(after.heap())
                                        .isLessThanOrEqualTo(before.heap() + 5_000_000);
                            });
            assertThat(complaints.lines()).isEmpty();
        }
    }

    /**
     * Connects and closes a thousand clients, every other one by RST.
     *
     * @param awaitPeers whether to wait, before the closes, until all clients are peers
     */
    private void connectAndClose(boolean awaitPeers) throws IOException {
        InetSocketAddress address =
                new InetSocketAddress(InetAddress.getLoopbackAddress(), service.port());
        List<SocketChannel> channels = new ArrayList<>();
        for (int i = 0; i < PEERS; i++) {
            channels.add(SocketChannel.open(address));
        }
        if (awaitPeers) {
            api.awaitTotal(PEERS);
        }
        for (int i = 0; i < PEERS; i++) {
            if (i % 2 == 0) {
                channels.get(i).setOption(StandardSocketOptions.SO_LINGER, 0);
            }
            channels.get(i).close();
        }
        api.awaitTotal(0);
    }

    private Map<Integer, String> idsByPort() {
        Map<Integer, String> ids = new HashMap<>();
        for (JsonNode peer : api.peers()) {
            ids.put(peer.get("peername").get("port").asInt(), peer.get("id").asString());
        }
        return ids;
    }
}
