package io.switchboard.transport.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.Received;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationContext;
import org.springframework.test.context.TestPropertySource;

/** Framing raw: each read is a message; raw:&lt;gap&gt;: a silence ends a message. */
@WithService
@TestPropertySource(
        properties = {
            "switchboard.listeners.reads.port=0",
            "switchboard.listeners.reads.framing=raw",
            "switchboard.listeners.reads.max-frame=100B",
            "switchboard.listeners.quick.port=0",
            "switchboard.listeners.quick.framing=raw:20ms",
            "switchboard.listeners.pauses.port=0",
            "switchboard.listeners.pauses.framing=raw:8s",
            "switchboard.listeners.pauses.max-frame=100B",
            "switchboard.listeners.patient.port=0",
            "switchboard.listeners.patient.framing=raw:60s",
            "switchboard.listeners.restless.port=0",
            "switchboard.listeners.restless.framing=raw:10s",
            "switchboard.listeners.restless.frame-deadline=700ms"
        })
class RawGapIT {
    private final RunningService service;
    private final ApplicationContext context;
    private final Api api;

    RawGapIT(@Autowired RunningService service, @Autowired ApplicationContext context) {
        this.service = service;
        this.context = context;
        this.api = service.api();
    }

    /** Regression: this closed the peer. */
    @Test
    void aReadLongerThanMaxFrameIsSeveralMessages() throws Exception {
        try (Received received = Received.at("reads", context);
                RawClient client = RawClient.connect(service.port("reads"))) {
            String sent = "0123456789".repeat(25);
            client.send(sent);
            await().untilAsserted(
                            () ->
                                    assertThat(String.join("", received.from(client.port())))
                                            .isEqualTo(sent));
            assertThat(received.from(client.port()))
                    .allSatisfy(message -> assertThat(message).hasSizeBetween(1, 100));
            assertThat(api.peer(api.idOf(client)).get("state").asString()).isEqualTo("open");
        }
    }

    @Test
    void joinsReadsUntilTheGap() throws Exception {
        try (Received received = Received.at("pauses", context);
                RawClient client = RawClient.connect(service.port("pauses"))) {
            String id = api.idOf(client);
            client.send("one,");
            awaitPartial(id, 4);
            client.send("two");
            awaitPartial(id, 7);
            assertThat(received.from(client.port())).isEmpty();
            received.awaitFrom(client.port(), 1);
            client.send("three");
            client.finish();
            assertThat(api.awaitClosed(id)).isEqualTo("peer_closed");
            assertThat(received.from(client.port())).containsExactly("one,two", "three");
            assertThat(api.peer(id).get("received").get("messages").asInt()).isEqualTo(2);
            assertThat(api.peer(id).get("received").get("bytes").asInt()).isEqualTo(12);
        }
    }

    /** The gap ends much earlier than the next sweep of deadlines (250 ms). */
    @Test
    void aShortGapIsKept() throws Exception {
        try (Received received = Received.at("quick", context);
                RawClient client = RawClient.connect(service.port("quick"))) {
            List<Duration> times = new ArrayList<>();
            for (int turn = 1; turn <= 20; turn++) {
                long start = System.nanoTime();
                client.send("x" + turn);
                received.awaitFrom(client.port(), turn);
                times.add(Duration.ofNanos(System.nanoTime() - start));
            }
            times.sort(Comparator.naturalOrder());
            assertThat(times.getFirst()).isGreaterThanOrEqualTo(Duration.ofMillis(20));
            // the median, because a stall of the machine delays some of them
            assertThat(times.get(10)).isLessThan(Duration.ofMillis(200));
            assertThat(received.from(client.port())).startsWith("x1", "x2", "x3").hasSize(20);
        }
    }

    @Test
    void maxFrameEndsAMessage() throws Exception {
        try (Received received = Received.at("pauses", context);
                RawClient client = RawClient.connect(service.port("pauses"))) {
            String id = api.idOf(client);
            client.send("x".repeat(230));
            awaitPartial(id, 30);
            assertThat(received.from(client.port()))
                    .containsExactly("x".repeat(100), "x".repeat(100));
        }
    }

    @Test
    void theEndOfTheStreamEndsAMessage() throws Exception {
        try (Received received = Received.at("patient", context)) {
            RawClient client = RawClient.connect(service.port("patient"));
            int port = client.port();
            String id = api.idOf(client);
            client.send("last words");
            awaitPartial(id, 10);
            client.close();
            assertThat(api.awaitClosed(id)).isEqualTo("peer_closed");
            assertThat(received.from(port)).containsExactly("last words");
            assertThat(api.peer(id).get("received").get("messages").asInt()).isEqualTo(1);
        }
    }

    /** Small devices often disconnect with an RST. */
    @Test
    void aResetEndsAMessage() throws Exception {
        try (Received received = Received.at("patient", context)) {
            RawClient client = RawClient.connect(service.port("patient"));
            int port = client.port();
            String id = api.idOf(client);
            client.send("last words");
            awaitPartial(id, 10);
            client.reset();
            assertThat(api.awaitClosed(id)).isEqualTo("reset");
            assertThat(received.from(port)).containsExactly("last words");
        }
    }

    /** The bytes of a peer that never pauses become a message; the peer is not closed. */
    @Test
    void theFrameDeadlineEndsAMessage() throws Exception {
        try (Received received = Received.at("restless", context);
                RawClient client = RawClient.connect(service.port("restless"));
                ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor()) {
            String id = api.idOf(client);
            Future<?> sender =
                    clock.scheduleAtFixedRate(() -> send(client), 0, 50, TimeUnit.MILLISECONDS);
            received.awaitFrom(client.port(), 2);
            sender.cancel(false);
            assertThat(received.from(client.port()).getFirst()).matches("x+");
            assertThat(api.peer(id).get("state").asString()).isEqualTo("open");
        }
    }

    private static void send(RawClient client) {
        try {
            client.send("x");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitPartial(String id, int bytes) {
        await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> api.peer(id).get("partialFrameBytes").asInt() == bytes);
    }
}
