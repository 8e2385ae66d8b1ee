package io.switchboard.cluster.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.cluster.CrowdedCluster;
import io.switchboard.testkit.Api;
import io.switchboard.testkit.ClusterNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * SIGSTOP of one of three nodes for ten seconds: sends to its peers are answered with 504 (possibly
 * written) and, once its lease has expired, with 404. None of these messages is written when the
 * node continues.
 */
@Tag("system")
class OwnerStoppedIT {
    private static final Duration STOPPED = Duration.ofSeconds(10);
    private static final Duration UNTIL_UNKNOWN = Membership.LEASE.plusSeconds(20);
    private static final String EXPIRED = "switchboard_cluster_commands_total{result=\"expired\"}";

    @Test
    void writesNoExpiredMessageWhenItContinues(@TempDir Path folder) throws Exception {
        try (CrowdedCluster crowded = CrowdedCluster.start(folder)) {
            ClusterNode stopped = crowded.node(2);
            List<CrowdedCluster.Target> targets = crowded.targetsAt(stopped);
            ClusterNode here = crowded.node(1);
            ClusterNode other = crowded.node(3);
            double before = stopped.api().metric(EXPIRED);

            stopped.process().pause();
            long start = System.nanoTime();
            CompletableFuture<Api.Answer> all =
                    other.api().postAsync("/send?to=all", "to all".getBytes(UTF_8));
            List<Integer> answers = new ArrayList<>();
            long unknownFrom = 0;
            while (System.nanoTime() - start < STOPPED.toNanos()
                    // on a busy machine
                    || (unknownFrom == 0 && System.nanoTime() - start < UNTIL_UNKNOWN.toNanos())) {
                String id = targets.get(answers.size()).id();
                Api.Answer answer = here.api().post("/send?to=" + id, "stale");
                assertThat(answer.status()).as(answer.body()).isIn(504, 404);
                answers.add(answer.status());
                if (answer.status() == 404 && unknownFrom == 0) {
                    unknownFrom = System.nanoTime() - start;
                }
                TimeUnit.MILLISECONDS.sleep(
                        200); // the interval of the sends, not a wait for a condition
            }
            assertThat(all.get().status()).as(all.get().body()).isEqualTo(207);
            assertThat(all.get().json().get("missing").toString()).isEqualTo("[\"n2\"]");
            long silent = answers.stream().filter(status -> status == 504).count();
            assertThat(silent).isPositive();
            assertThat(answers.subList(0, (int) silent)).containsOnly(504);
            assertThat(answers.subList((int) silent, answers.size()))
                    .isNotEmpty()
                    .containsOnly(404);
            assertThat(Duration.ofNanos(unknownFrom)).isLessThan(UNTIL_UNKNOWN);

            stopped.process().resume();
            crowded.cluster().awaitWhole();
            await("all messages sent meanwhile are dropped")
                    .until(() -> stopped.api().metric(EXPIRED) >= before + silent + 1);
            for (int i = 0; i < answers.size(); i++) {
                Api.Answer answer = here.api().post("/send?to=" + targets.get(i).id(), "fresh");
                assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            }
            System.out.printf(
                    "SIGSTOP of an owner for %d s: %d times 504, then 404 after %d ms; none of %d"
                            + " messages was written late%n",
                    STOPPED.toSeconds(),
                    silent,
                    TimeUnit.NANOSECONDS.toMillis(unknownFrom),
                    answers.size() + 1);
            await().until(
                            () ->
                                    targets.subList(0, answers.size()).stream()
                                            .allMatch(each -> each.member().received() > 0));
            assertThat(targets.subList(0, answers.size()))
                    .allMatch(each -> each.member().hasRead("fresh\n"));
            assertThat(targets.subList(answers.size(), targets.size()))
                    .allMatch(each -> each.member().received() == 0);
        }
    }
}
