package io.switchboard.http.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.ChildService;
import io.switchboard.testkit.Crowd;
import io.switchboard.testkit.RawClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * A hundred peers that never read, and a thousand that do: broadcasts reach the thousand as fast as
 * before, and the hundred are disconnected.
 *
 * <p>One broadcast is in progress at a time, so that the test measures delivery and not a queue
 * that it creates itself.
 */
@Tag("system")
class SlowReadersIT {
    private static final int READERS = 1_000;
    private static final int SLOW = 100;
    private static final int LARGE = 64 * 1024;
    private static final int WARM_UP = 10;
    private static final int ROUNDS = 15;

    /** Broadcasts beside the slow peers; on a slow machine, few fit into their write deadline. */
    private static final int MIN_ROUNDS = 5;

    /**
     * Of medians. If peers waited for slow ones, a broadcast would take the write deadline, 10 s.
     */
    private static final int MAX_RATIO = 4;

    /** More sends than the kernel buffers for a peer that does not read. */
    private static final int SENDS_THAT_FILL_A_SOCKET = 500;

    private static final Duration GONE = Duration.ofSeconds(40);

    private final byte[] large = new byte[LARGE];

    @Test
    void slowPeersDelayNoOtherPeers() throws Exception {
        Arrays.fill(large, (byte) 'x');
        List<RawClient> slow = new ArrayList<>();
        try (ChildService service = ChildService.start("switchboard.listeners.slow.port=0")) {
            Api api = service.api();
            long alone;
            try (Crowd crowd = Crowd.connect(service.port(), READERS)) {
                api.awaitTotal(READERS);
                rounds(api, crowd, WARM_UP);
                alone = median(rounds(api, crowd, ROUNDS));
            }
            api.awaitTotal(0);

            int port = service.port("slow");
            for (int i = 0; i < SLOW; i++) {
                slow.add(RawClient.connectWithTinyBuffer(port));
            }
            api.awaitTotal(SLOW);
            try (Crowd crowd = Crowd.connect(service.port(), READERS)) {
                api.awaitTotal(READERS + SLOW);
                assertNotDelayed(api, crowd, alone);
            }
            assertThat(service.logged(" ERROR ")).isEmpty();
        } finally {
            for (RawClient client : slow) {
                client.close();
            }
        }
    }

    /**
     * Broadcasts until the slow peers are disconnected. They connected first, so every broadcast
     * reaches them first.
     */
    private void assertNotDelayed(Api api, Crowd crowd, long alone) {
        fillSockets(api);
        long filled = System.nanoTime();
        List<Long> beside = new ArrayList<>();
        while (api.total() > READERS) {
            beside.addAll(rounds(api, crowd, 1));
            assertThat(Duration.ofNanos(System.nanoTime() - filled)).isLessThan(GONE);
        }
        Duration gone = Duration.ofNanos(System.nanoTime() - filled);
        long with = median(beside);
        System.out.printf(
                "slow readers: p99 of delivery %d ms alone, %d ms beside %d that never read"
                        + " (%d and %d rounds); those were gone after %d ms%n",
                alone / 1_000_000, with / 1_000_000, SLOW, ROUNDS, beside.size(), gone.toMillis());

        assertThat(beside).hasSizeGreaterThanOrEqualTo(MIN_ROUNDS);
        assertThat(with).isLessThanOrEqualTo(MAX_RATIO * alone);
        assertThat(crowd.members()).noneMatch(Crowd.Member::ended);
        JsonNode closed = api.get("/peers?state=closed&listener=slow&limit=1000").json();
        assertThat(closed.get("peers")).hasSize(SLOW);
        for (JsonNode peer : closed.get("peers")) {
            assertThat(peer.get("closeReason").asString()).isEqualTo("slow_consumer");
        }
    }

    /** Sends to the slow peers until each has data in its outbox. */
    private void fillSockets(Api api) {
        for (int sends = 0; sends < SENDS_THAT_FILL_A_SOCKET; sends++) {
            JsonNode report = api.post("/send?wait=queued&to=listener:slow", large).json();
            assertThat(report.get("matched").asInt()).isEqualTo(SLOW);
            if (report.get("written").asInt() == 0) {
                return;
            }
        }
        throw new AssertionError("the kernel accepted everything");
    }

    /**
     * Returns the 99th percentile of each round, in nanoseconds from the request to a reader's last
     * byte.
     */
    private List<Long> rounds(Api api, Crowd crowd, int count) {
        List<Long> percentiles = new ArrayList<>();
        for (int round = 0; round < count; round++) {
            long all = crowd.members().getFirst().received() + LARGE + 1L;
            long start = System.nanoTime();
            Api.Answer answer = api.post("/send?wait=queued&results=none&to=all", large);
            assertThat(answer.status()).as(answer.body()).isIn(200, 207);
            await().pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(2))
                    .untilAsserted(() -> crowd.assertAllReceived(all));
            long[] nanos =
                    crowd.members().stream()
                            .mapToLong(member -> member.lastRead() - start)
                            .sorted()
                            .toArray();
            percentiles.add(nanos[nanos.length * 99 / 100]);
        }
        return percentiles;
    }

    private static long median(List<Long> values) {
        return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
    }
}
