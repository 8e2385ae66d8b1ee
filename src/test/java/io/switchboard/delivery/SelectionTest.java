package io.switchboard.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.peer.FakeLink;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Reach;
import io.switchboard.peer.Transport;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SelectionTest {
    private final PeerRegistry registry = PeerFixtures.registry();
    private final Listener lines = PeerFixtures.listener("lines");
    private final Listener bytes = PeerFixtures.listener("bytes");
    private final PeerSession first = registry.open(lines, new FakeLink());
    private final PeerSession second = registry.open(lines, new FakeLink());
    private final PeerSession third = registry.open(bytes, new FakeLink());

    private Selection select(List<String> to, List<String> exclude, Reach reach) {
        return Selection.of(
                to.stream().map(Target::parse).toList(),
                exclude.stream().map(Target::parse).toList(),
                reach,
                ConnectionCutoff.NONE,
                registry);
    }

    private Set<PeerSession> sessions(List<String> to, String... exclude) {
        return select(to, List.of(exclude), Reach.ALL).sessions();
    }

    @Test
    void targetsOfAllKindsAreUnitedAndExcluded() {
        registry.rename(third, "meter");
        registry.join(second, "east");
        assertThat(sessions(List.of("listener:lines"))).containsExactly(first, second);
        assertThat(sessions(List.of("meter", "group:east"))).containsExactly(third, second);
        assertThat(sessions(List.of("group:east", "transport:tcp"))).hasSize(3);
        assertThat(sessions(List.of("listener:none", "transport:udp"))).isEmpty();
        assertThat(sessions(List.of("all"), "group:east", "listener:bytes")).containsExactly(first);
        assertThat(sessions(List.of("all"), "meter", "meter", "nobody"))
                .containsExactly(first, second);
        assertThat(sessions(List.of("all"), "group:none", "all")).isEmpty();
    }

    @Test
    void onlyPeersInReachAreSelected() {
        registry.join(second, "east");
        Reach reach = new Reach(Set.of(), Set.of("east"));
        assertThat(select(List.of("all"), List.of(), reach).sessions()).containsExactly(second);
        assertThat(select(List.of("listener:bytes"), List.of(), reach).sessions()).isEmpty();
    }

    /** The time must not tell how many peers a group out of reach has. */
    @Test
    void onlyPeersInReachAreExaminedForAGroup() {
        registry.join(first, "west");
        registry.join(second, "east");
        registry.join(third, "east");
        registry.join(third, "west");
        Reach reach = new Reach(Set.of(), Set.of("east"));
        for (String group : List.of("west", "none")) {
            Recipients recipients = new Recipients(new Target.OfGroup(group), reach);
            assertThat(recipients.candidates(registry)).containsExactlyInAnyOrder(second, third);
        }
        assertThat(select(List.of("group:west"), List.of(), reach).sessions())
                .containsExactly(third);
    }

    /** Otherwise one request with 10,000 groups would stop the service for seconds. */
    @Test
    void thePeersInReachAreWalkedOnceForAllOtherTargets() {
        Listener datagrams = PeerFixtures.listener("datagrams", Transport.UDP);
        FakeLink link = new FakeLink();
        PeerSession device = registry.open(datagrams, link);
        registry.join(device, "east");
        int before = link.remoteReads();
        List<String> groups = IntStream.range(0, 100).mapToObj(i -> "group:g" + i).toList();
        Reach reach = new Reach(Set.of(), Set.of("east", "north"));
        assertThat(select(groups, List.of(), reach).sessions()).isEmpty();
        assertThat(link.remoteReads()).isEqualTo(before + 1);
        assertThat(select(List.of("all"), groups, reach).sessions()).containsExactly(device);
        assertThat(link.remoteReads()).isEqualTo(before + 2);
    }
}
