package io.switchboard.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.switchboard.peer.CloseReason;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.PeerSnapshot;
import io.switchboard.peer.PeerView;
import io.switchboard.peer.Reach;
import io.switchboard.peer.Transport;
import io.switchboard.query.PeerListService.PeerQuery;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Checks each filter on a live peer and on the same peer after it was closed. */
class PeerFilterTest {
    private final Listener gate = PeerFixtures.listener("Gate");
    private final PeerRegistry registry = PeerFixtures.registry();
    private final PeerSession session;

    PeerFilterTest() throws UnknownHostException {
        InetAddress host = InetAddress.getByName("2001:db8::7");
        session =
                registry.open(
                        gate, new FakeLink(FakeLink.FULL, new InetSocketAddress(host, 53_412)));
    }

    @Test
    void aFilterWithoutConditionsMatchesEveryPeer() {
        assertMatches(filter(null, null, null, null, null), true);
    }

    @Test
    void matchesThePeersOfAListener() {
        assertMatches(filter(null, null, gate, null, null), true);
        assertMatches(filter(null, null, PeerFixtures.listener("gate"), null, null), false);
    }

    @Test
    void matchesByExactNameAndGroup() {
        assertThat(filter("Truck-7", null, null, null, null).matches(session.view())).isFalse();
        registry.rename(session, "Truck-7");
        registry.regroup(session, List.of("east", "vans"));
        assertMatches(filter("Truck-7", null, null, null, null), true);
        assertMatches(filter(null, "east", null, null, null), true);
        assertMatches(filter("Truck-7", "vans", null, null, null), true);
        for (String other : List.of("truck-7", "Truck", "east", "Truck-77")) {
            assertMatches(filter(other, null, null, null, null), false);
        }
        for (String other : List.of("East", "eas", "Truck-7", "east,vans")) {
            assertMatches(filter(null, other, null, null, null), false);
        }
        assertMatches(filter("Truck-7", "west", null, null, null), false);
        for (String q : List.of("truck-7", "CK-", "EAST", "an")) {
            assertMatches(filter(null, null, null, null, q), true);
        }
        assertMatches(filter(null, null, null, null, "east,vans"), false);
    }

    /** The time of the comparison would tell the names and addresses of peers out of reach. */
    @Test
    void isNotAppliedToAPeerOutOfReach() {
        List<String> read = new ArrayList<>();
        PeerView view =
                (PeerView)
                        Proxy.newProxyInstance(
                                PeerView.class.getClassLoader(),
                                new Class<?>[] {PeerView.class},
                                (_, method, arguments) -> {
                                    read.add(method.getName());
                                    return method.invoke(session.view(), arguments);
                                });
        PeerFilter search = filter("Truck-7", null, null, null, "53412");
        for (Reach other :
                List.of(
                        new Reach(Set.of("other"), Set.of()),
                        new Reach(Set.of(), Set.of("other")))) {
            assertThat(new PeerQuery(search, PeerSort.DEFAULT, false, other).matches(view))
                    .isFalse();
        }
        assertThat(read).isSubsetOf("listenerName", "groups");
        new PeerQuery(search, PeerSort.DEFAULT, false, Reach.ALL).matches(view);
        assertThat(read).contains("name");
    }

    @Test
    void matchesThePeersOfATransport() {
        assertMatches(filter(null, null, null, Transport.TCP, null), true);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gate",
                "GATE",
                "at",
                "2001:db8",
                "2001:DB8::7",
                "53412",
                "[2001:db8::7]:53412",
                "127.0.0.1",
                "127.0.0.1:8000"
            })
    void qMatchesAPartOfListenerOrAddressIgnoringCase(String q) {
        assertMatches(filter(null, null, null, null, q), true);
    }

    @Test
    void qMatchesAPartOfTheId() {
        String id = session.id().toString();
        assertMatches(filter(null, null, null, null, id), true);
        assertMatches(filter(null, null, null, null, id.substring(2)), true);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gates", "127.0.0.1:53412", "2001:db8::7:53412", "tcp", "open", ".*"})
    void qMatchesNoOtherFactsAndNoPattern(String q) {
        assertMatches(filter(null, null, null, null, q), false);
    }

    @Test
    void matchesOnlyIfAllConditionsAreMet() {
        assertMatches(filter(null, null, gate, Transport.TCP, "gate"), true);
        assertMatches(filter(null, null, gate, Transport.TCP, "else"), false);
        assertMatches(filter("nobody", null, gate, Transport.TCP, "gate"), false);
        assertMatches(filter(null, "none", gate, Transport.TCP, "gate"), false);
    }

    @ParameterizedTest
    @CsvSource({"open, OPEN", "closed, CLOSED", "any, ANY"})
    void parsesTheLowerCaseWordOfAState(String word, PeerFilter.State state) {
        assertThat(PeerFilter.State.parse(word)).isEqualTo(state);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "shut", "OPEN", "draining", "open,closed"})
    void refusesAnUnknownState(String word) {
        assertThatThrownBy(() -> PeerFilter.State.parse(word))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("open, half-closed, closed and any");
    }

    /** Only such a list can be paged without reading every peer. */
    @Test
    void filtersOnlyByListenerIfNoOtherConditionIsSet() {
        assertThat(filter(null, null, null, null, null).filtersOnlyByListener()).isTrue();
        assertThat(filter(null, null, gate, null, null).filtersOnlyByListener()).isTrue();
        assertThat(filter("a", null, null, null, null).filtersOnlyByListener()).isFalse();
        assertThat(filter(null, "a", null, null, null).filtersOnlyByListener()).isFalse();
        assertThat(filter(null, null, null, Transport.TCP, null).filtersOnlyByListener()).isFalse();
        assertThat(filter(null, null, null, null, "a").filtersOnlyByListener()).isFalse();
        for (PeerFilter.State state : PeerFilter.State.values()) {
            assertThat(new PeerFilter(state, null, null, null, null, null).filtersOnlyByListener())
                    .isEqualTo(state == PeerFilter.State.OPEN);
        }
    }

    private void assertMatches(PeerFilter filter, boolean expected) {
        assertThat(filter.matches(session.view())).as("live").isEqualTo(expected);
        PeerSnapshot closed = closed();
        assertThat(filter.matches(closed)).as("closed").isEqualTo(expected);
    }

    private PeerSnapshot closed() {
        session.abort(CloseReason.KICKED, null);
        return registry.recentlyClosed().getFirst();
    }

    private static PeerFilter filter(
            @Nullable String name,
            @Nullable String group,
            @Nullable Listener listener,
            @Nullable Transport transport,
            @Nullable String q) {
        return new PeerFilter(
                PeerFilter.State.OPEN,
                name,
                group,
                listener == null ? null : listener.name(),
                transport,
                q);
    }
}
