package io.switchboard.query;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.events.EventPeer;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.LinearPattern;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Reach;
import io.switchboard.peer.ThreadTask;
import io.switchboard.peer.dial.Dialler;
import io.switchboard.peer.dial.Dialler.ConnectRequest;
import io.switchboard.peer.dial.KeptConnections;
import io.switchboard.query.PeerListService.PeerQuery;
import io.switchboard.query.Rejection.RefusedException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A peer leaves the reach of a client and comes back, again and again, while the client asks for
 * it. No answer has the name or the groups that the peer has while it is out of reach.
 */
class ReachRaceTest {
    private static final int TIMES = 5_000;
    private static final Reach REACH = new Reach(Set.of(), Set.of("open"));

    private final PeerRegistry registry =
            PeerFixtures.registry(
                    Map.of("open", LinearPattern.of("o-.*"), "secret", LinearPattern.of("s-.*")));
    private final Listener listener = PeerFixtures.listener("default");
    private final QueryFixtures node = new QueryFixtures(registry, listener);
    private final PeerSession session = registry.open(listener, new FakeLink());
    private final AtomicBoolean done = new AtomicBoolean();
    private ThreadTask<Boolean> mover;

    @BeforeEach
    void move() {
        registry.rename(session, "o-device");
        mover =
                ThreadTask.run(
                        () -> {
                            while (!done.get()) {
                                registry.rename(session, "s-device");
                                registry.rename(session, "o-device");
                            }
                        });
    }

    @AfterEach
    void stop() throws Exception {
        done.set(true);
        mover.result();
    }

    /** Checks the answers to a question; the peer may also be unknown. */
    private static void check(Supplier<?> question) {
        for (int i = 0; i < TIMES; i++) {
            try {
                assertThat(String.valueOf(question.get())).doesNotContain("secret", "s-device");
            } catch (RefusedException e) {
                assertThat(e.refusal().detail()).doesNotContain("secret", "s-device");
            }
        }
    }

    @Test
    void thePeerItself() {
        check(() -> node.peers().get(session.id().toString(), REACH));
    }

    @Test
    void aChangeOfThePeer() {
        PeerChange change = new PeerChange(null, null, null, null, Duration.ofHours(1), null, null);
        check(() -> node.peers().change(session.id().toString(), change, REACH));
    }

    @Test
    void aChangeOfItsGroups() {
        PeerChange change = new PeerChange(null, List.of("open"), null, null, null, null, null);
        check(() -> node.peers().change(session.id().toString(), change, REACH));
    }

    /** The id would tell that the peer is there. */
    @Test
    void theNameInARefusal() {
        PeerChange change = new PeerChange(null, null, null, null, Duration.ofHours(1), null, null);
        for (int i = 0; i < TIMES; i++) {
            try {
                node.peers().change("o-device", change, REACH);
            } catch (RefusedException e) {
                assertThat(e.refusal().detail()).doesNotContain(session.id().toString());
            }
        }
    }

    @Test
    void theListOfPeers() {
        PeerQuery query = new PeerQuery(PeerFilter.of(null, null), PeerSort.DEFAULT, false, REACH);
        check(() -> node.lists().page(query, 9, null));
    }

    @Test
    void theListOfPeersForAnotherNode() {
        PeerQuery query = new PeerQuery(PeerFilter.of(null, null), PeerSort.DEFAULT, false, REACH);
        check(() -> node.lists().handle(new PeerListService.Request(query, 9, null), 0));
    }

    @Test
    void aConnectionThatItHasOpened() {
        DialService dials = node.dials(new ConnectedDialler(session));
        DialService.Request request =
                new DialService.Request(
                        "host",
                        9,
                        null,
                        "o-2",
                        Duration.ofSeconds(1),
                        false,
                        null,
                        "hello".getBytes(UTF_8),
                        true,
                        REACH);
        check(() -> dials.dial(request, null));
    }

    private record ConnectedDialler(PeerSession session) implements Dialler {
        @Override
        public boolean serves(Listener listener) {
            return true;
        }

        @Override
        public ConnectResult dial(ConnectRequest request) {
            return new ConnectResult.Connected(session);
        }
    }

    @Test
    void theListOfGroups() {
        check(() -> node.groups().list(REACH));
        check(() -> registry.groupNames(REACH, 9));
    }

    @Test
    void theListOfKeptConnections() {
        KeptConnections calls = node.calls();
        calls.start();
        ConnectRequest request =
                new ConnectRequest(
                        "host",
                        9,
                        listener,
                        "o-device",
                        List.of(),
                        Duration.ofSeconds(1),
                        null,
                        null,
                        true,
                        _ -> {},
                        Reach.ALL);
        assertThat(calls.keep(request, session)).isPresent();
        check(() -> calls.all(REACH));
        calls.stop();
    }

    @Test
    void thePeerOfAnEvent() {
        for (int i = 0; i < 10 * TIMES; i++) {
            EventPeer peer = EventPeer.of(session);
            String group = "o-device".equals(peer.name()) ? "open" : "secret";
            assertThat(peer.groups()).containsExactly(group);
        }
    }
}
