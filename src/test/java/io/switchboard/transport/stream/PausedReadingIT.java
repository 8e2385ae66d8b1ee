package io.switchboard.transport.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.net.Endpoint;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerRegistry.Lookup;
import io.switchboard.peer.PeerSession;
import io.switchboard.testkit.Api;
import io.switchboard.testkit.Attempts;
import io.switchboard.testkit.GeneralLimit;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.Received;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationContext;
import org.springframework.test.context.TestPropertySource;

/** While reading from a peer is paused, TCP slows it down and no deadline closes it. */
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
    private static final int LONG_MESSAGE = 32_000_000;

    /** More than the buffers of two sockets, which grow to some megabytes. */
    private static final int LINES = 1_000;

    private static final Duration PAST_ALL_DEADLINES = Duration.ofMillis(1_600);

    /** The time to fill the socket buffers on both sides. */
    private static final Duration FILLING = Duration.ofMillis(500);

    /** How long the service reads and drops bytes after a close. */
    private static final Duration LINGERING = Duration.ofSeconds(1);

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
    void awaitNoPeers() {
        api.awaitTotal(0);
    }

    private PeerSession session(int port) {
        String id = api.awaitPeer(port).get("id").asString();
        return ((Lookup.Live) registry.find(id)).session();
    }

    /** A client that has sent a part of a frame, and whose session is paused. */
    private record Paused(RawClient client, PeerSession session) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            client.close();
        }
    }

    /**
     * Connects a client, sends a part of a frame, and pauses reading. Tries again if that took so
     * long that a deadline or the gap of the framing has passed before.
     */
    private Paused pause(String listener, String part, Received received) throws Exception {
        for (int left = 20; left > 0; left--) {
            RawClient client = RawClient.connect(service.port(listener));
            client.send(part);
            Optional<PeerSession> held = awaitHeld(client.port(), part.length());
            if (held.isPresent()) {
                PeerSession session = held.get();
                session.readPause().pause(this);
                if (session.closeReason().isEmpty() && received.from(client.port()).isEmpty()) {
                    return new Paused(client, session);
                }
                session.readPause().resume(this);
            }
            client.close();
        }
        throw new AssertionError("no pause came before the deadlines");
    }

    /** Returns the session that holds an unfinished frame; empty if there is none for a second. */
    private Optional<PeerSession> awaitHeld(int port, int bytes) {
        long end = System.nanoTime() + Duration.ofSeconds(1).toNanos();
        return await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .until(
                        () -> held(port, bytes),
                        found -> found.isPresent() || System.nanoTime() - end > 0);
    }

    private Optional<PeerSession> held(int port, int bytes) {
        return registry.sessions().stream()
                .filter(
                        each ->
                                each.peername() instanceof Endpoint.Inet inet
                                        && inet.port() == port)
                .filter(each -> each.snapshot().partialFrameBytes() == bytes)
                .findFirst();
    }

    @Test
    void appliesBackPressureAndLosesNothing() throws Exception {
        InetSocketAddress address =
                new InetSocketAddress(InetAddress.getLoopbackAddress(), service.port());
        try (Received received = Received.at("default", context);
                SocketChannel flood = SocketChannel.open(address)) {
            int port = ((InetSocketAddress) flood.getLocalAddress()).getPort();
            PeerSession session = session(port);
            session.readPause().pause(this);
            ByteBuffer line = ByteBuffer.wrap(("x".repeat(LINE - 1) + "\n").getBytes(UTF_8));
            flood.configureBlocking(false);
            int whole = 0;
            while (whole < LINES && write(flood, line)) {
                whole++;
                line.clear();
            }
            assertThat(whole).as("the buffers fill up before all lines are sent").isLessThan(LINES);
            assertThat(session.view().receivedBytes()).isZero();
            assertThat(api.get("/actuator/prometheus").body())
                    .contains("switchboard_paused_peers{listener=\"default\"} 1.0");
            assertThat(api.peer(session.id().toString()).get("hint").asString())
                    .startsWith("reading from this peer is paused");

            session.readPause().resume(this);
            flood.configureBlocking(true);
            flood.write(line);
            assertThat(received.awaitFrom(port, whole + 1))
                    .hasSize(whole + 1)
                    .allMatch(message -> message.length == LINE - 1);
        }
    }

    /**
     * Writes for up to 200 ms, as loopback takes bytes gradually; returns whether all were taken.
     */
    private static boolean write(SocketChannel to, ByteBuffer bytes) throws Exception {
        long end = System.nanoTime() + Duration.ofMillis(200).toNanos();
        while (bytes.hasRemaining() && System.nanoTime() - end < 0) {
            to.write(bytes);
            Thread.onSpinWait();
        }
        return !bytes.hasRemaining();
    }

    @Test
    void noDeadlineClosesAPausedPeer() throws Exception {
        try (Received received = Received.at("hasty", context);
                Paused paused = pause("hasty", "begun, ", received)) {
            RawClient client = paused.client();
            PeerSession session = paused.session();
            client.send("and done\n");
            await().pollDelay(PAST_ALL_DEADLINES).until(() -> session.closeReason().isEmpty());
            assertThat(session.snapshot().partialFrameBytes()).isEqualTo(7);

            session.readPause().resume(this);
            received.awaitFrom(client.port(), 1);
            assertThat(received.from(client.port())).containsExactly("begun, and done");
        }
    }

    /** Otherwise half of a message would be taken as all of it. */
    @Test
    void aPauseIsNotTheGapThatEndsAMessage() throws Exception {
        try (Received received = Received.at("gap", context);
                Paused paused = pause("gap", "one, ", received)) {
            RawClient client = paused.client();
            PeerSession session = paused.session();
            client.send("two");
            await().pollDelay(PAST_ALL_DEADLINES).until(() -> true);
            assertThat(received.from(client.port())).isEmpty();
            session.readPause().resume(this);
            received.awaitFrom(client.port(), 1);
            assertThat(received.from(client.port())).containsExactly("one, two");
        }
    }

    /** The gap of the framing counts anew from the resume. */
    @Test
    void aGapAfterTheResumeEndsTheMessage() throws Exception {
        try (Received received = Received.at("gap", context);
                Paused paused = pause("gap", "all of it", received)) {
            RawClient client = paused.client();
            PeerSession session = paused.session();
            await().pollDelay(PAST_ALL_DEADLINES).until(() -> true);
            session.readPause().resume(this);
            received.awaitFrom(client.port(), 1);
            assertThat(received.from(client.port())).containsExactly("all of it");
        }
    }

    @Test
    void readsDataBeforeTheEndOfStreamAfterAResume() throws Exception {
        try (Received received = Received.at("default", context)) {
            PeerSession session;
            int port;
            try (RawClient client = service.connect()) {
                port = client.port();
                session = session(port);
                session.readPause().pause(this);
                client.send("last words\n");
            }
            assertThat(session.closeReason()).isEmpty();
            session.readPause().resume(this);
            await().until(() -> session.closeReason().isPresent());
            assertThat(session.closeReason()).contains(CloseReason.PEER_CLOSED);
            assertThat(received.from(port)).containsExactly("last words");
        }
    }

    /** Otherwise the peer would be reset while it writes, and would not read the farewell. */
    @Test
    void aPausedPeerThatIsClosedFinishesWritingAndReadsTheFarewell() throws Exception {
        Attempts.within(FILLING.plus(LINGERING), this::closeAPausedPeerThatWrites);
        assertThat(api.get("/actuator/prometheus").body())
                .contains("switchboard_paused_peers{listener=\"default\"} 0.0");
    }

    private void closeAPausedPeerThatWrites() throws Exception {
        try (RawClient client = service.connect()) {
            String id = api.idOf(client);
            session(client.port()).readPause().pause(this);
            FutureTask<Void> sending =
                    new FutureTask<>(
                            () -> {
                                client.send("x".repeat(LONG_MESSAGE));
                                return null;
                            });
            Thread sender = Thread.ofVirtual().start(sending);
            await("the socket buffers on both sides are full")
                    .pollDelay(FILLING)
                    .until(sender::isAlive);
            assertThat(api.delete("/peers/" + id + "?farewell=bye").status()).isEqualTo(204);
            sending.get(GeneralLimit.SECONDS, TimeUnit.SECONDS);
            assertThat(client.readToEnd()).isEqualTo("bye\n");
        }
    }

    @Test
    void sendsToAPausedPeer() throws Exception {
        try (RawClient client = service.connect()) {
            String id = api.idOf(client);
            PeerSession session = session(client.port());
            session.readPause().pause(this);
            assertThat(api.post("/send?to=" + id, "hello").status()).isEqualTo(200);
            assertThat(client.readLine()).isEqualTo("hello");
            session.readPause().resume(this);
        }
    }

    /** Race: two threads pause and resume reading while bytes arrive. */
    @Test
    void concurrentPausesAndResumesLoseNoData() throws Exception {
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
            assertThat(session.readPause().paused()).isFalse();
        }
    }

    /** Race: a pause and a close; the descriptor is freed whichever comes first. */
    @Test
    void aConcurrentPauseAndCloseLeaveNoPeer() throws Exception {
        for (int round = 0; round < 50; round++) {
            try (RawClient client = service.connect()) {
                PeerSession session = session(client.port());
                client.send("unread\n");
                CyclicBarrier start = new CyclicBarrier(2);
                Thread pauser = started(start, () -> session.readPause().pause(this));
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
        session.readPause().pause(by);
        session.readPause().resume(by);
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
