package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * A hundred peers that never read, and a thousand that do: the thousand get their broadcasts as
 * fast as before, and the hundred go.
 *
 * <p>One broadcast is under way at a time, so that what is measured is delivery and no queue of the
 * test's own making.
 */
@Tag("system")
class SlowReadersIT {
    private static final int READERS = 1_000;
    private static final int SLOW = 100;
    private static final int LARGE = 64 * 1024;
    private static final int WARM_UP = 10;
    private static final int ROUNDS = 15;

    /** Far more than the kernel keeps for a peer that does not read. */
    private static final int SENDS_THAT_FILL_A_SOCKET = 500;

    private static final Duration LONGEST = Duration.ofSeconds(60);
    private static final Duration GONE = Duration.ofSeconds(12);

    private final byte[] large = new byte[LARGE];

    @Test
    void hurtOnlyThemselves() throws Exception {
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
                assertUnhurt(api, crowd, alone);
            }
            assertThat(service.logged(" ERROR ")).isEmpty();
        } finally {
            for (RawClient client : slow) {
                client.close();
            }
        }
    }

    /** Until the slow ones are gone, who came before these and so are ahead in every broadcast. */
    private void assertUnhurt(Api api, Crowd crowd, long alone) {
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

        assertThat(beside).hasSizeGreaterThanOrEqualTo(ROUNDS);
        assertThat(with).isLessThanOrEqualTo(2 * alone);
        assertThat(crowd.members()).noneMatch(Crowd.Member::ended);
        JsonNode closed = api.get("/peers?state=closed&listener=slow&limit=1000").json();
        assertThat(closed.get("peers")).hasSize(SLOW);
        for (JsonNode peer : closed.get("peers")) {
            assertThat(peer.get("closeReason").asString()).isEqualTo("slow_consumer");
        }
    }

    /** Sends to the slow ones until each has something waiting. */
    private void fillSockets(Api api) {
        for (int sends = 0; sends < SENDS_THAT_FILL_A_SOCKET; sends++) {
            JsonNode report = api.post("/send?wait=queued&to=listener:slow", large).json();
            assertThat(report.get("matched").asInt()).isEqualTo(SLOW);
            if (report.get("written").asInt() == 0) {
                return;
            }
        }
        throw new AssertionError("the kernel took everything");
    }

    /**
     * The 99th percentile of each round, in nanoseconds from the request to a reader's last byte.
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
                    .atMost(LONGEST)
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
