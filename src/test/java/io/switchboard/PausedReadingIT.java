package io.switchboard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.peer.CloseReason;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerRegistry.Lookup;
import io.switchboard.peer.PeerSession;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationContext;
import org.springframework.test.context.TestPropertySource;

/** A peer of which nothing is read for a while: TCP pushes it back, and nobody punishes it. */
@WithService
@TestPropertySource(
        properties = {
            "switchboard.listeners.hasty.port=0",
            "switchboard.listeners.hasty.frame-deadline=700ms",
            "switchboard.listeners.hasty.idle-timeout=900ms",
            "switchboard.listeners.gap.port=0",
            "switchboard.listeners.gap.framing=raw:300ms"
        })
class PausedReadingIT {
    private static final int LINE = 60_000;
    private static final int SENTENCE = 32_000_000;

    /** More than the buffers of two sockets, which grow to some megabytes. */
    private static final int LINES = 1_000;

    private static final Duration PAST_ALL_DEADLINES = Duration.ofMillis(1_600);

    private final RunningService service;
    private final ApplicationContext context;
    private final PeerRegistry registry;
    private final Api api;

    PausedReadingIT(
            @Autowired RunningService service,
            @Autowired ApplicationContext context,
            @Autowired PeerRegistry registry) {
        this.service = service;
        this.context = context;
        this.registry = registry;
        this.api = service.api();
    }

    @BeforeEach
    void nobodyIsConnected() {
        api.awaitTotal(0);
    }

    private PeerSession session(int port) {
        String id = api.awaitPeer(port).get("id").asString();
        return ((Lookup.Live) registry.find(id)).session();
    }

    @Test
    void pushesBackAndReadsOnWithoutLoss() throws Exception {
        InetSocketAddress address =
                new InetSocketAddress(InetAddress.getLoopbackAddress(), service.port());
        try (Received received = Received.at("default", context);
                SocketChannel flood = SocketChannel.open(address)) {
            int port = ((InetSocketAddress) flood.getLocalAddress()).getPort();
            PeerSession session = session(port);
            session.pauseReading(this);
            ByteBuffer line = ByteBuffer.wrap(("x".repeat(LINE - 1) + "\n").getBytes(UTF_8));
            flood.configureBlocking(false);
            int whole = 0;
            while (whole < LINES && write(flood, line)) {
                whole++;
                line.clear();
            }
            assertThat(whole).as("all buffers are full before").isLessThan(LINES);
            assertThat(session.receivedBytes()).isZero();
            assertThat(api.get("/actuator/prometheus").body())
                    .contains("switchboard_paused_peers{listener=\"default\"} 1.0");
            assertThat(api.peer(session.id().toString()).get("hint").asString())
                    .startsWith("nothing is read from it at present");

            session.resumeReading(this);
            flood.configureBlocking(true);
            flood.write(line);
            assertThat(received.awaitFrom(port, whole + 1))
                    .hasSize(whole + 1)
                    .allMatch(message -> message.length == LINE - 1);
        }
    }

    /** Whether all of it went before nothing went for a moment: loopback hands on by and by. */
    private static boolean write(SocketChannel to, ByteBuffer bytes) throws Exception {
        long end = System.nanoTime() + Duration.ofMillis(200).toNanos();
        while (bytes.hasRemaining() && System.nanoTime() - end < 0) {
            to.write(bytes);
            Thread.onSpinWait();
        }
        return !bytes.hasRemaining();
    }

    @Test
    void punishesNobodyForWhatItDoesNotRead() throws Exception {
        try (Received received = Received.at("hasty", context);
                RawClient client = RawClient.connect(service.port("hasty"))) {
            PeerSession session = session(client.port());
            client.send("begun, ");
            await().until(() -> session.facts().partialFrameBytes() == 7);
            session.pauseReading(this);
            client.send("and done\n");
            await().pollDelay(PAST_ALL_DEADLINES).until(() -> session.closeReason().isEmpty());
            assertThat(session.facts().partialFrameBytes()).isEqualTo(7);

            session.resumeReading(this);
            received.awaitFrom(client.port(), 1);
            assertThat(received.from(client.port())).containsExactly("begun, and done");
        }
    }

    /** Else the half of a message would be taken for all of it. */
    @Test
    void ourOwnSilenceEndsNoMessage() throws Exception {
        try (Received received = Received.at("gap", context);
                RawClient client = RawClient.connect(service.port("gap"))) {
            PeerSession session = session(client.port());
            client.send("one, ");
            await().until(() -> session.facts().partialFrameBytes() == 5);
            session.pauseReading(this);
            client.send("two");
            await().pollDelay(PAST_ALL_DEADLINES).until(() -> true);
            assertThat(received.from(client.port())).isEmpty();
            session.resumeReading(this);
            received.awaitFrom(client.port(), 1);
            assertThat(received.from(client.port())).containsExactly("one, two");
        }
    }

    /** And it ends when as much silence follows as if we had read all the time. */
    @Test
    void aSilenceAfterTheResumeEndsTheMessage() throws Exception {
        try (Received received = Received.at("gap", context);
                RawClient client = RawClient.connect(service.port("gap"))) {
            PeerSession session = session(client.port());
            client.send("all of it");
            await().until(() -> session.facts().partialFrameBytes() == 9);
            session.pauseReading(this);
            await().pollDelay(PAST_ALL_DEADLINES).until(() -> true);
            session.resumeReading(this);
            received.awaitFrom(client.port(), 1);
            assertThat(received.from(client.port())).containsExactly("all of it");
        }
    }

    @Test
    void readsWhatCameBeforeTheEndAndThenTheEnd() throws Exception {
        try (Received received = Received.at("default", context)) {
            PeerSession session;
            int port;
            try (RawClient client = service.connect()) {
                port = client.port();
                session = session(port);
                session.pauseReading(this);
                client.send("last words\n");
            }
            assertThat(session.closeReason()).isEmpty();
            session.resumeReading(this);
            await().until(() -> session.closeReason().isPresent());
            assertThat(session.closeReason()).contains(CloseReason.PEER_CLOSED);
            assertThat(received.from(port)).containsExactly("last words");
        }
    }

    /** It would be reset while it writes, and never come to read. */
    @Test
    void aPausedPeerThatIsClosedCanEndItsSentenceAndReadsTheFarewell() throws Exception {
        try (RawClient client = service.connect()) {
            String id = api.idOf(client);
            session(client.port()).pauseReading(this);
            FutureTask<Void> sentence =
                    new FutureTask<>(
                            () -> {
                                client.send("x".repeat(SENTENCE));
                                return null;
                            });
            Thread sender = Thread.ofVirtual().start(sentence);
            await("its kernel and ours are full")
                    .pollDelay(Duration.ofMillis(500))
                    .until(sender::isAlive);
            assertThat(api.delete("/peers/" + id + "?farewell=bye").status()).isEqualTo(204);
            sentence.get(30, TimeUnit.SECONDS);
            assertThat(client.readToEnd()).isEqualTo("bye\n");
        }
        assertThat(api.get("/actuator/prometheus").body())
                .contains("switchboard_paused_peers{listener=\"default\"} 0.0");
    }

    @Test
    void isSentToAllTheSame() throws Exception {
        try (RawClient client = service.connect()) {
            String id = api.idOf(client);
            PeerSession session = session(client.port());
            session.pauseReading(this);
            assertThat(api.post("/send?to=" + id, "hello").status()).isEqualTo(200);
            assertThat(client.readLine()).isEqualTo("hello");
            session.resumeReading(this);
        }
    }

    /** Pause against resume, from two threads that are not the loop's, while bytes come. */
    @Test
    void raceOfPausesAndResumesLosesNoReadiness() throws Exception {
        try (Received received = Received.at("default", context);
                RawClient client = service.connect()) {
            PeerSession session = session(client.port());
            for (int round = 1; round <= 300; round++) {
                CyclicBarrier start = new CyclicBarrier(2);
                Thread one = started(start, () -> toggle(session, "one"));
                Thread other = started(start, () -> toggle(session, "other"));
                client.send("line " + round + "\n");
                one.join();
                other.join();
                received.awaitFrom(client.port(), round);
            }
            assertThat(session.paused()).isFalse();
        }
    }

    /** Pause against close: its descriptor is freed soon, whoever comes first. */
    @Test
    void raceOfAPauseAndACloseLeavesNoPeerBehind() throws Exception {
        for (int round = 0; round < 50; round++) {
            try (RawClient client = service.connect()) {
                PeerSession session = session(client.port());
                client.send("unread\n");
                CyclicBarrier start = new CyclicBarrier(2);
                Thread pauser = started(start, () -> session.pauseReading(this));
                Thread closer =
                        started(
                                start,
                                () ->
                                        session.close(
                                                CloseReason.KICKED,
                                                null,
                                                "bye\n".getBytes(UTF_8),
                                                Duration.ofSeconds(5)));
                assertThat(client.readToEnd()).isEqualTo("bye\n");
                pauser.join();
                closer.join();
            }
        }
        api.awaitTotal(0);
    }

    private static void toggle(PeerSession session, String by) {
        session.pauseReading(by);
        session.resumeReading(by);
    }

    private static Thread started(CyclicBarrier start, Runnable task) {
        return Thread.ofPlatform()
                .start(
                        () -> {
                            try {
                                start.await();
                            } catch (Exception e) {
                                throw new AssertionError(e);
                            }
                            task.run();
                        });
    }
}
