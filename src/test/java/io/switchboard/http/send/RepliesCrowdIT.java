package io.switchboard.http.send;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.ChildService;
import io.switchboard.testkit.Crowd;
import io.switchboard.testkit.FreePort;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RawHttp;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** Many callers that wait for the reply of one peer at the same time. */
@Tag("system")
@Isolated
class RepliesCrowdIT {
    /** Each caller gets the reply to its own request, and an answer takes no longer for a crowd. */
    @Test
    void theTimeOfAnAnswerDoesNotDependOnTheNumberOfCallers() throws Exception {
        try (ChildService service =
                        ChildService.startWithOptions(
                                "-Xmx2g", "--server.tomcat.max-connections=6000");
                RawClient peer = service.connect()) {
            String id = service.api().idOf(peer);
            Thread.startVirtualThread(() -> echo(peer));
            secondsPerAnswer(service, id, 1_000); // warms up
            // the best of some rounds, because a stall of the machine spoils a measurement
            double many = Double.MAX_VALUE;
            double crowd = Double.MAX_VALUE;
            for (int round = 0; round < 3; round++) {
                double few = secondsPerAnswer(service, id, 100);
                many = Math.min(many, secondsPerAnswer(service, id, 1_000) / few);
                crowd = Math.min(crowd, secondsPerAnswer(service, id, 5_000) / few);
            }
            assertThat(many).isLessThan(5);
            assertThat(crowd).isLessThan(5);
        }
    }

    /** Before, a thread for each peer and caller filled the heap within seconds. */
    @Test
    void survivesBroadcastsToPeersThatNeverReply() throws Exception {
        int peers = 3_000;
        int health = FreePort.find();
        try (ChildService service =
                        ChildService.startWithOptions(
                                "-Xmx128m", "switchboard.http.health-port=" + health);
                Crowd crowd = Crowd.connect(service.port(), peers);
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            service.api().awaitTotal(peers);
            RawHttp http = new RawHttp(service.api().port());
            List<Future<RawHttp.Answer>> answers = new ArrayList<>();
            for (int each = 0; each < 10; each++) {
                answers.add(
                        callers.submit(
                                () -> http.post("/send?to=all&wait=reply&timeout=20s", "any?")));
            }
            RawHttp probe = new RawHttp(health);
            for (int each = 0; each < 50; each++) {
                assertThat(probe.ask("GET", "/actuator/health/liveness").status()).isEqualTo(200);
            }
            assertThat(http.post("/send?to=all", "news").status()).isEqualTo(200);
            int refused = 0;
            for (Future<RawHttp.Answer> each : answers) {
                RawHttp.Answer answer = each.get();
                boolean full = answer.status() == 429;
                assertThat(answer.body())
                        .contains(full ? "\"reason\":\"memory_full\"" : "\"failed\":3000");
                refused += full ? 1 : 0;
            }
            assertThat(refused).isBetween(1, 9);
            await().until(() -> service.api().metric("switchboard_deliveries_bytes") == 0);
            assertThat(http.post("/send?to=all&wait=reply&timeout=1s", "again?").body())
                    .contains("\"failed\":3000");
            assertThat(service.logged("OutOfMemoryError")).isEmpty();
            assertThat(crowd.members()).hasSize(peers);
        }
    }

    private static void echo(RawClient peer) {
        try {
            while (true) {
                peer.send(peer.readLine() + "\n");
            }
        } catch (Exception e) {
            assertThat(e).as("the peer was closed at the end of the test").isNotNull();
        }
    }

    private static double secondsPerAnswer(ChildService service, String id, int callers)
            throws Exception {
        RawHttp http = new RawHttp(service.api().port());
        List<Future<RawHttp.Answer>> answers = new ArrayList<>();
        long start = System.nanoTime();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int each = 0; each < callers; each++) {
                String text = "request " + each;
                answers.add(
                        threads.submit(
                                () -> http.post("/send?wait=reply&timeout=60s&to=" + id, text)));
            }
        }
        for (int each = 0; each < callers; each++) {
            assertThat(answers.get(each).get().body())
                    .contains("\"reply\":\"request " + each + "\"");
        }
        return (System.nanoTime() - start) / 1e9 / callers;
    }
}
