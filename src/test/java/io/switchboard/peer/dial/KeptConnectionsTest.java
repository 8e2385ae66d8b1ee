package io.switchboard.peer.dial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.net.SocketError;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.Identification.OnDuplicate;
import io.switchboard.peer.LinearPattern;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Reach;
import io.switchboard.peer.dial.Dialler.ConnectRequest;
import io.switchboard.peer.dial.Dialler.ConnectResult;
import io.switchboard.peer.dial.KeptConnections.KeptConnection;
import io.switchboard.peer.dial.KeptConnections.KeptConnection.State;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Connections that a client with a restricted reach keeps, while operators change their groups. */
class KeptConnectionsTest {
    private static final Reach REACH = new Reach(Set.of(), Set.of("open"));

    private final PeerRegistry registry =
            PeerFixtures.registry(
                    Map.of("open", LinearPattern.of("o-.*"), "secret", LinearPattern.of("s-.*")));
    private final Listener grouped =
            PeerFixtures.listener("grouped", OnDuplicate.ALLOW_BOTH, "open");
    private final Listener plain = PeerFixtures.listener("plain");
    private final Listeners listeners = PeerFixtures.listeners(grouped, plain);
    private final OpeningDialler dialler = new OpeningDialler();
    private final KeptConnections kept = PeerFixtures.keptConnections(dialler, registry, listeners);

    /** Opens each connection, if there is a link for it. */
    private final class OpeningDialler implements Dialler {
        private final List<ConnectRequest> requests = new CopyOnWriteArrayList<>();
        private volatile boolean refused;

        @Override
        public boolean serves(Listener listener) {
            return true;
        }

        @Override
        public ConnectResult dial(ConnectRequest request) {
            requests.add(request);
            if (refused) {
                return new ConnectResult.Failed(new SocketError(111, "ECONNREFUSED", "refused"));
            }
            PeerSession session = registry.open(request.listener(), new FakeLink(), false);
            request.groups().forEach(group -> registry.join(session, group));
            if (request.name() != null) {
                registry.nameOpened(session, request.name(), request.reach());
            }
            return new ConnectResult.Connected(session);
        }
    }

    @BeforeEach
    void start() {
        kept.start();
    }

    @AfterEach
    void stop() {
        kept.stop();
    }

    private void keep(Listener listener, @Nullable String name) {
        ConnectRequest request =
                new ConnectRequest(
                        "host",
                        9,
                        listener,
                        name,
                        List.of(),
                        Duration.ofSeconds(1),
                        null,
                        null,
                        false,
                        _ -> {},
                        REACH);
        assertThat(kept.keep(request, null)).isPresent();
    }

    private KeptConnection only() {
        List<KeptConnection> all = kept.all(Reach.ALL);
        assertThat(all).hasSize(1);
        return all.getFirst();
    }

    /** Returns the peer of the connection after this number of connects. */
    private PeerSession connected(int connects) {
        await().until(() -> only().connects() == connects && only().state() == State.CONNECTED);
        PeerRegistry.Lookup peer = registry.find(Objects.requireNonNull(only().peer()).toString());
        return ((PeerRegistry.Lookup.Live) peer).session();
    }

    private Listener change(Listener before, String... groups) {
        Listener changed = PeerFixtures.regrouped(before, groups);
        listeners.replace(changed);
        registry.sessions().stream()
                .filter(each -> each.listener().name().equals(before.name()))
                .forEach(each -> registry.listenerChanged(each, changed));
        return changed;
    }

    private static void close(PeerSession session) {
        session.abort(CloseReason.PEER_CLOSED, null);
    }

    private void awaitRefusal(String detail) {
        await().until(
                        () -> only().lastError(),
                        error ->
                                error != null
                                        && error.code().equals("EACCES")
                                        && error.message().contains(detail));
    }

    /** It was requested in the reach, and waits for its next attempt when the listener changes. */
    @Test
    void belongsToTheGroupsThatItsListenerHasNow() {
        dialler.refused = true;
        keep(grouped, null);
        assertThat(kept.all(REACH)).hasSize(1);
        long id = only().id();
        change(grouped, "secret");
        assertThat(kept.all(REACH)).isEmpty();
        assertThat(kept.end(id, REACH)).isFalse();
        assertThat(kept.all(new Reach(Set.of(), Set.of("secret")))).hasSize(1);
        change(grouped, "open");
        assertThat(kept.end(id, REACH)).isTrue();
    }

    @Test
    void joinsNoGroupThatItsListenerHasGotSince() {
        keep(grouped, null);
        PeerSession first = connected(1);
        change(grouped, "open", "secret");
        assertThat(first.groups()).containsExactly("open", "secret"); // as all of its peers do
        close(first);
        awaitRefusal("a group that the client which keeps the connection does not reach");
        assertThat(dialler.requests).hasSize(1);

        Listener again = change(grouped, "open");
        assertThat(connected(2).groups()).containsExactly("open");
        assertThat(dialler.requests.getLast().listener()).isSameAs(again);
        assertThat(only().lastError()).isNull();
    }

    @Test
    void doesNotConnectOutOfTheReachOfItsClient() {
        keep(grouped, null);
        PeerSession first = connected(1);
        change(grouped);
        close(first);
        awaitRefusal("in no group that the client");
        assertThat(dialler.requests).hasSize(1);
        assertThat(kept.all(REACH)).isEmpty();
    }

    @Test
    void doesNotConnectUnderANameOutOfTheReachOfItsClient() {
        keep(plain, "o-1");
        PeerSession first = connected(1);
        registry.rename(first, "s-1");
        close(first);
        awaitRefusal("in no group that the client");
        assertThat(dialler.requests).hasSize(1);
    }

    /** Somebody has given it to the last peer, which the client did not reach then. */
    @Test
    void showsItsClientNoNameOutOfReach() {
        keep(grouped, "o-1");
        PeerSession first = connected(1);
        registry.rename(first, "s-1");
        registry.regroup(first, List.of("secret"));
        assertThat(kept.all(REACH)).isEmpty();
        close(first);
        await().untilAsserted(() -> assertThat(kept.all(REACH)).hasSize(1));
        assertThat(kept.all(REACH).getFirst().name()).isNull();
        assertThat(kept.all(Reach.ALL).getFirst().name()).isEqualTo("s-1");
    }

    /** Somebody has decided about this peer, and not only about its listener. */
    @Test
    void keepsTheGroupsIntoWhichSomebodyHasPutThePeer() {
        keep(grouped, null);
        PeerSession first = connected(1);
        registry.join(first, "secret");
        close(first);
        PeerSession second = connected(2);
        assertThat(second).isNotSameAs(first);
        assertThat(second.groups()).containsExactly("open", "secret");
    }
}
