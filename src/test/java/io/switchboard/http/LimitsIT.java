package io.switchboard.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.ThreadMXBean;
import io.switchboard.testkit.Api;
import io.switchboard.testkit.Attempts;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

/** Reaches every limit from outside: tests the error line to the peer and its close reason. */
@WithService
@Isolated("compares what the JVM's threads allocate")
@TestPropertySource(
        properties = {
            "switchboard.outbox.write-deadline=1s",
            "switchboard.listeners.hasty.port=0",
            "switchboard.listeners.hasty.frame-deadline=700ms",
            "switchboard.listeners.busy.port=0",
            "switchboard.listeners.busy.idle-timeout=700ms",
            "switchboard.listeners.narrow.port=0",
            "switchboard.listeners.narrow.max-frame=100B",
            "switchboard.listeners.few.port=0",
            "switchboard.listeners.few.max-connections=20"
        })
class LimitsIT {
    private static final int MAX_FRAME = 64 * 1024;
    private static final int HUGE = 10_000_000;
    private static final long MUCH_LESS_THAN_HUGE = 1_000_000;
    private static final int FEW = 20;
    private static final int SENDS_THAT_FILL_A_SOCKET = 500;
    private static final Duration FRAME_DEADLINE = Duration.ofMillis(700);

    /**
     * How long the service reads and drops bytes after an error line. If a client that still sends
     * does not run for this long, an RST may overtake the line.
     */
    private static final Duration LINGERING = Duration.ofSeconds(1);

    private final RunningService service;
    private final Api api;

    LimitsIT(@Autowired RunningService service) {
        this.service = service;
        this.api = service.api();
    }

    @BeforeEach
    void noPeerIsConnected() {
        api.awaitTotal(0);
    }

    @Test
    void refusesAHugeFrameWithoutAllocatingMemoryForIt() throws Exception {
        Attempts.within(LINGERING, this::assertHugeFrameIsRefused);
    }

    private void assertHugeFrameIsRefused() throws Exception {
        try (RawClient client = service.connect()) {
            String id = api.idOf(client);
            long before = allocatedByLoops();
            Thread sender = Thread.ofVirtual().start(() -> sendOrBeRefused(client, HUGE));

            assertThat(client.readLine())
                    .isEqualTo(
                            "error frame_too_large: a frame is longer than max-frame, 65536 bytes");
            assertThat(client.readToEnd()).isEmpty();
            sender.join();

            assertThat(api.awaitClosed(id)).isEqualTo("frame_too_large");
            assertThat(allocatedByLoops() - before).isLessThan(MUCH_LESS_THAN_HUGE);
        }
    }

    @Test
    void acceptsTheLongestFrameAndRefusesOneByteMore() throws Exception {
        try (RawClient client = service.connect()) {
            String id = api.idOf(client);
            client.send("x".repeat(MAX_FRAME) + "\r\n");
            await().until(
                            () ->
                                    api.peer(id).get("received").get("messages").asInt() == 1
                                            && api.peer(id).get("state").asString().equals("open"));

            client.send("x".repeat(MAX_FRAME + 1) + "\n");
            assertThat(client.readToEnd()).startsWith("error frame_too_large: ");
            assertThat(api.awaitClosed(id)).isEqualTo("frame_too_large");
            assertThat(api.peer(id).get("received").get("messages").asInt()).isEqualTo(1);
        }
    }

    @Test
    void countsTheFramesBeforeTheOneThatIsTooLarge() throws Exception {
        try (RawClient client = RawClient.connect(service.port("narrow"))) {
            String id = api.idOf(client);
            client.send("one\ntwo\n" + "x".repeat(200));
            assertThat(client.readToEnd()).startsWith("error frame_too_large: ");
            assertThat(api.awaitClosed(id)).isEqualTo("frame_too_large");
            assertThat(api.peer(id).get("received").get("messages").asInt()).isEqualTo(2);
        }
    }

    @Test
    void closesAPeerWhoseFrameMissesTheDeadline() throws Exception {
        Attempts.within(
                FRAME_DEADLINE.plus(LINGERING), this::assertDribblerIsClosedAtTheFrameDeadline);
    }

    private void assertDribblerIsClosedAtTheFrameDeadline() throws Exception {
        try (RawClient quiet = RawClient.connect(service.port("hasty"));
                RawClient dribbler = RawClient.connect(service.port("hasty"));
                ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor()) {
            quiet.send("a whole line\n");
            String quietId = api.idOf(quiet);
            String id = api.idOf(dribbler);
            Future<?> dribble =
                    clock.scheduleAtFixedRate(
                            () -> sendOrBeRefused(dribbler, 1), 0, 50, TimeUnit.MILLISECONDS);

            assertThat(dribbler.readLine())
                    .isEqualTo("error frame_deadline: a frame was not finished within 700ms");
            assertThat(dribbler.readToEnd()).isEmpty();
            dribble.cancel(false);

            assertThat(api.awaitClosed(id)).isEqualTo("frame_deadline");
            assertThat(api.peer(quietId).get("state").asString()).isEqualTo("open");
        }
    }

    @Test
    void closesAPeerAtTheIdleTimeout() throws Exception {
        try (RawClient other = service.connect();
                RawClient client = RawClient.connect(service.port("busy"))) {
            String otherId = api.idOf(other);
            String id = api.newestId("busy", client.port());
            assertThat(client.readToEnd()).isEmpty();
            assertThat(api.awaitClosed(id)).isEqualTo("idle_timeout");
            assertThat(api.peer(otherId).get("state").asString()).isEqualTo("open");
            assertThat(api.get("/listeners").json().get("listeners").get(0).get("name").asString())
                    .isEqualTo("busy");
            assertThat(
                            api.get("/listeners")
                                    .json()
                                    .get("listeners")
                                    .get(0)
                                    .get("idleTimeout")
                                    .asString())
                    .isEqualTo("700ms");
        }
    }

    @Test
    void refusesConnectionsOverTheLimitWithAnErrorLine() throws Exception {
        List<RawClient> clients = new ArrayList<>();
        for (int i = 0; i < FEW + 50; i++) {
            clients.add(RawClient.connect(service.port("few")));
        }
        await().untilAsserted(
                        () ->
                                assertThat(refused() + peersOfFew().size())
                                        .isEqualTo(clients.size()));
        Set<Integer> staying = peersOfFew();
        assertThat(staying).hasSize(FEW);
        for (RawClient client : clients) {
            if (!staying.contains(client.port())) {
                assertThat(client.readToEnd())
                        .isEqualTo(
                                "error too_many_connections: this listener takes at most 20"
                                        + " connections\n");
                client.close();
            }
        }
        assertThat(api.post("/send?to=listener:few", "still here").json().get("written").asInt())
                .isEqualTo(FEW);
        for (RawClient client : clients) {
            if (staying.contains(client.port())) {
                assertThat(client.readLine()).isEqualTo("still here");
                client.close();
            }
        }
        await().until(() -> peersOfFew().isEmpty());
        try (RawClient next = RawClient.connect(service.port("few"))) {
            assertThat(api.idOf(next)).isNotEmpty();
        }
    }

    @Test
    void closesAPeerThatDoesNotReadAtTheWriteDeadline() throws Exception {
        byte[] large = "x".repeat(MAX_FRAME).getBytes(UTF_8);
        try (RawClient stuck = RawClient.connectWithTinyBuffer(service.port())) {
            String id = api.idOf(stuck);
            Api.Answer answer = api.post("/send?wait=queued&to=" + id, large);
            for (int i = 0; i < SENDS_THAT_FILL_A_SOCKET && written(answer); i++) {
                answer = api.post("/send?wait=queued&to=" + id, large);
            }
            assertThat(answer.json().get("queued").asInt()).as(answer.body()).isEqualTo(1);
            assertThat(api.awaitClosed(id)).isEqualTo("slow_consumer");
            assertThat(api.peer(id).get("closeDetail").asString()).startsWith("took no byte for 1");
        }
    }

    private static boolean written(Api.Answer answer) {
        return answer.json().get("written").asInt() == 1;
    }

    private Set<Integer> peersOfFew() {
        Set<Integer> ports = new HashSet<>();
        for (JsonNode peer : api.get("/peers?listener=few&limit=1000").json().get("peers")) {
            ports.add(peer.get("peername").get("port").asInt());
        }
        return ports;
    }

    private int refused() {
        return (int) api.metric("switchboard_refused_connections_total{listener=\"few\"}");
    }

    private static void sendOrBeRefused(RawClient client, int count) {
        byte[] bytes = new byte[count];
        Arrays.fill(bytes, (byte) 'x');
        try {
            client.send(bytes);
        } catch (IOException e) {
            // the service closed the connection while bytes were still being sent
        }
    }

    private static long allocatedByLoops() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        return Arrays.stream(threads.dumpAllThreads(false, false))
                .filter(thread -> thread.getThreadName().startsWith("loop-"))
                .mapToLong(ThreadInfo::getThreadId)
                .map(threads::getThreadAllocatedBytes)
                .sum();
    }
}
