package io.switchboard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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

/** A thousand peers at a time, and ten thousand that come and go. */
@WithService
@Isolated("compares the JVM's descriptors, threads and heap, and reads its log")
@TestPropertySource(properties = "switchboard.outbox.write-deadline=4s")
class ThousandPeersIT {
    private static final int PEERS = 1_000;
    private static final int LARGE = 64 * 1024;

    /** Far more than the kernel keeps for a peer that does not read. */
    private static final int SENDS_THAT_FILL_A_SOCKET = 500;

    private static final Duration LONGEST = Duration.ofSeconds(60);

    private final RunningService service;
    private final Api api;

    ThousandPeersIT(@Autowired RunningService service) {
        this.service = service;
        this.api = service.api();
    }

    @BeforeEach
    void nobodyIsConnected() {
        api.awaitTotal(0);
    }

    @Test
    void eachGetsTheBroadcastAndItsOwnMessage() throws Exception {
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
                                            .allMatch(member -> hasReadIts(member, ids)));
        }
    }

    private static boolean hasReadIts(Crowd.Member member, Map<Integer, String> ids) {
        String id = ids.get(member.port());
        return member.hasRead("to all of you\nto %s alone\n".formatted(id));
    }

    @Test
    void oneThatNeverReadsHarmsNobody() throws Exception {
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
                await().atMost(LONGEST).untilAsserted(() -> crowd.assertAllReceived(all));
            }

            assertThat(api.awaitClosed(id)).isEqualTo("slow_consumer");
            Api.Answer ownAnswer = own.get(LONGEST.toSeconds(), TimeUnit.SECONDS);
            assertThat(ownAnswer.status()).as(ownAnswer.body()).isEqualTo(410);
            assertThat(ownAnswer.body()).contains("slow_consumer");
            Api.Answer broadcastAnswer = broadcast.get(LONGEST.toSeconds(), TimeUnit.SECONDS);
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
            assertThat(api.metric("switchboard_outbox_bytes")).isZero();
        }
    }

    /** Sends to one that does not read until its outbox holds something. */
    private void fillSocket(String id, byte[] large) {
        for (int sends = 0; sends < SENDS_THAT_FILL_A_SOCKET; sends++) {
            Api.Answer answer = api.post("/send?wait=queued&to=" + id, large);
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            if (answer.json().get("queued").asInt() == 1) {
                return;
            }
        }
        throw new AssertionError("the kernel took everything");
    }

    /** The stuck one may have it waiting, refuse it, or be gone. */
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
    void tenThousandThatComeAndGoLeaveNothingBehind() throws Exception {
        comeAndGo(true);
        comeAndGo(false);
        Footprint before = Footprint.now();
        try (Complaints complaints = new Complaints()) {
            for (int wave = 0; wave < 10; wave++) {
                comeAndGo(wave % 2 == 0);
            }
            await().atMost(LONGEST)
                    .untilAsserted(
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
     * A thousand connect and leave again, every other one by RST.
     *
     * @param listed whether they stay until all of them are peers
     */
    private void comeAndGo(boolean listed) throws IOException {
        InetSocketAddress address =
                new InetSocketAddress(InetAddress.getLoopbackAddress(), service.port());
        List<SocketChannel> channels = new ArrayList<>();
        for (int i = 0; i < PEERS; i++) {
            channels.add(SocketChannel.open(address));
        }
        if (listed) {
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
