package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationContext;
import org.springframework.test.context.TestPropertySource;

/** Bytes without frames: by reads, and by the silence between them. */
@WithService
@TestPropertySource(
        properties = {
            "switchboard.listeners.reads.port=0",
            "switchboard.listeners.reads.framing=raw",
            "switchboard.listeners.reads.max-frame=100B",
            "switchboard.listeners.quick.port=0",
            "switchboard.listeners.quick.framing=raw:20ms",
            "switchboard.listeners.pauses.port=0",
            "switchboard.listeners.pauses.framing=raw:2s",
            "switchboard.listeners.pauses.max-frame=100B",
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

    /** It closed the peer once. */
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
    void readsAreJoinedUntilNothingCame() throws Exception {
        try (Received received = Received.at("pauses", context);
                RawClient client = RawClient.connect(service.port("pauses"))) {
            String id = api.idOf(client);
            client.send("one,");
            awaitHeld(id, 4);
            client.send("two");
            awaitHeld(id, 7);
            assertThat(received.from(client.port())).isEmpty();
            received.awaitFrom(client.port(), 1);
            client.send("three");
            received.awaitFrom(client.port(), 2);
            assertThat(received.from(client.port())).containsExactly("one,two", "three");
            awaitHeld(id, 0);
            assertThat(api.peer(id).get("received").get("messages").asInt()).isEqualTo(2);
            assertThat(api.peer(id).get("received").get("bytes").asInt()).isEqualTo(12);
        }
    }

    /** Much sooner than the sweep of deadlines comes by. */
    @Test
    void aGapIsAsShortAsItSays() throws Exception {
        try (Received received = Received.at("quick", context);
                RawClient client = RawClient.connect(service.port("quick"))) {
            long fastest = Long.MAX_VALUE;
            for (int turn = 1; turn <= 20; turn++) {
                long start = System.nanoTime();
                client.send("x" + turn);
                received.awaitFrom(client.port(), turn);
                fastest = Math.min(fastest, System.nanoTime() - start);
            }
            assertThat(Duration.ofNanos(fastest))
                    .isBetween(Duration.ofMillis(20), Duration.ofMillis(100));
            assertThat(received.from(client.port())).startsWith("x1", "x2", "x3").hasSize(20);
        }
    }

    @Test
    void maxFrameEndsAMessageToo() throws Exception {
        try (Received received = Received.at("pauses", context);
                RawClient client = RawClient.connect(service.port("pauses"))) {
            String id = api.idOf(client);
            client.send("x".repeat(230));
            awaitHeld(id, 30);
            assertThat(received.from(client.port()))
                    .containsExactly("x".repeat(100), "x".repeat(100));
        }
    }

    @Test
    void theEndOfTheStreamEndsAMessageToo() throws Exception {
        try (Received received = Received.at("restless", context)) {
            RawClient client = RawClient.connect(service.port("restless"));
            int port = client.port();
            String id = api.idOf(client);
            client.send("last words");
            awaitHeld(id, 10);
            client.close();
            assertThat(api.awaitClosed(id)).isEqualTo("peer_closed");
            assertThat(received.from(port)).containsExactly("last words");
            assertThat(api.peer(id).get("received").get("messages").asInt()).isEqualTo(1);
        }
    }

    /** Small devices often leave by RST. */
    @Test
    void soDoesAReset() throws Exception {
        try (Received received = Received.at("restless", context)) {
            RawClient client = RawClient.connect(service.port("restless"));
            int port = client.port();
            String id = api.idOf(client);
            client.send("last words");
            awaitHeld(id, 10);
            client.reset();
            assertThat(api.awaitClosed(id)).isEqualTo("reset");
            assertThat(received.from(port)).containsExactly("last words");
        }
    }

    /** One that never pauses is heard all the same, and is no dribbler to be closed. */
    @Test
    void theFrameDeadlineEndsAMessageToo() throws Exception {
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

    private void awaitHeld(String id, int bytes) {
        await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> api.peer(id).get("partialFrameBytes").asInt() == bytes);
    }
}
