package io.switchboard.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.peer.Identification.OnDuplicate;
import io.switchboard.peer.PeerRegistry.Lookup;
import io.switchboard.peer.PeerRegistry.NameResult;
import io.switchboard.peer.PeerSnapshot.PeerState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Names and groups, tested through the registry. */
class NameIndexTest {
    private final PeerRegistry registry =
            PeerFixtures.registry(
                    Map.of(
                            "trucks", LinearPattern.of("truck-\\d+"),
                            "odd", LinearPattern.of(".*[13579]")));
    private final Listener both = PeerFixtures.listener("both", OnDuplicate.ALLOW_BOTH);
    private final Listener replacing = PeerFixtures.listener("replacing", OnDuplicate.REPLACE);
    private final Listener rejecting = PeerFixtures.listener("rejecting", OnDuplicate.REJECT);

    private PeerSession open(Listener listener) {
        return registry.open(listener, new FakeLink());
    }

    @Test
    void aNameFindsItsPeer() {
        PeerSession session = open(both);
        assertThat(registry.find("truck-8")).isEqualTo(new Lookup.Unknown("truck-8"));
        assertThat(registry.rename(session, "truck-8")).isEqualTo(named());
        assertThat(registry.find("truck-8")).isEqualTo(new Lookup.Live(session));
        assertThat(session.snapshot().name()).isEqualTo("truck-8");
        assertThat(registry.find(session.id().toString())).isEqualTo(new Lookup.Live(session));
    }

    @Test
    void aNewNameReplacesTheOldOne() {
        PeerSession session = open(both);
        registry.rename(session, "a");
        registry.rename(session, "b");
        assertThat(registry.find("a")).isEqualTo(new Lookup.Unknown("a"));
        assertThat(registry.find("b")).isEqualTo(new Lookup.Live(session));
        registry.rename(session, null);
        assertThat(registry.find("b")).isEqualTo(new Lookup.Unknown("b"));
        assertThat(session.name()).isNull();
    }

    @Test
    void theSameNameAgainChangesNothing() {
        PeerSession session = open(replacing);
        registry.rename(session, "a");
        assertThat(registry.rename(session, "a")).isEqualTo(named());
        assertThat(session.state()).isEqualTo(PeerState.OPEN);
        assertThat(registry.named("a")).containsExactly(session);
    }

    @Test
    void allowBothGivesBothTheName() {
        PeerSession first = open(both);
        PeerSession second = open(both);
        registry.rename(first, "a");
        assertThat(registry.rename(second, "a")).isEqualTo(named());
        assertThat(registry.find("a")).isEqualTo(new Lookup.Several(List.of(first, second)));
        first.abort(CloseReason.RESET, null);
        assertThat(registry.find("a")).isEqualTo(new Lookup.Live(second));
    }

    /** The check and the change are one step: the peer may leave the reach at any moment. */
    @Test
    void replacesNoPeerOutOfTheReachOfWhoGivesTheName() {
        PeerSession old = open(replacing);
        PeerSession late = open(replacing);
        Reach trucks = new Reach(Set.of(), Set.of("trucks"));
        registry.rename(old, "truck-8");
        registry.leave(old, "trucks");
        assertThat(registry.nameOpened(late, "truck-8", trucks))
                .isEqualTo(new NameResult.Taken(old));
        assertThat(late.name()).isNull();
        assertThat(old.state()).isEqualTo(PeerState.OPEN);
        assertThat(registry.nameOpened(old, "truck-8", trucks)).isEqualTo(named());
        assertThat(registry.find("truck-8")).isEqualTo(new Lookup.Live(old));
        registry.join(old, "trucks");
        assertThat(registry.nameOpened(late, "truck-8", trucks))
                .isEqualTo(new NameResult.Named(List.of(old)));
        assertThat(old.closeReason()).contains(CloseReason.REPLACED);
    }

    /** Somebody may have taken it out of the group since the caller found it. */
    @Test
    void changesNoPeerThatHasLeftTheReachOfWhoChangesIt() {
        Reach trucks = new Reach(Set.of(), Set.of("trucks"));
        PeerSession session = open(both);
        registry.rename(session, "truck-8");
        registry.leave(session, "trucks");
        assertThat(registry.join(session, "trucks", trucks)).isFalse();
        assertThat(registry.regroup(session, List.of("trucks"), trucks)).isFalse();
        assertThat(registry.leave(session, "trucks", trucks)).isFalse();
        assertThat(registry.rename(session, "truck-8", trucks)).isEqualTo(outOfReach());
        assertThat(registry.rename(session, "truck-10", trucks)).isEqualTo(outOfReach());
        assertThat(registry.rename(session, null, trucks)).isEqualTo(outOfReach());
        assertThat(session.groups()).isEmpty();
        assertThat(registry.find("truck-8")).isEqualTo(new Lookup.Live(session));
    }

    @Test
    void changesNoMembershipOutOfTheReachOfWhoChangesAPeer() {
        Reach trucks = new Reach(Set.of(), Set.of("trucks"));
        PeerSession session = open(both);
        registry.rename(session, "truck-8");
        registry.join(session, "vip");
        assertThat(registry.join(session, "cars", trucks)).isFalse();
        assertThat(registry.regroup(session, List.of("trucks"), trucks)).isFalse();
        assertThat(registry.leave(session, "vip", trucks)).isFalse();
        assertThat(registry.rename(session, "truck-9", trucks)).isEqualTo(outOfReach());
        assertThat(registry.rename(session, "truck-10", trucks)).isEqualTo(named());
        assertThat(session.groups()).containsExactly("trucks", "vip");
        assertThat(registry.leave(session, "trucks", trucks)).isTrue();
        assertThat(session.groups()).containsExactly("vip");
    }

    /** The groups in between, which the old and the new name imply, do not count. */
    @Test
    void renamesAndRegroupsInOneStep() {
        Reach trucks = new Reach(Set.of(), Set.of("trucks"));
        PeerSession session = open(both);
        registry.rename(session, "truck-9");
        assertThat(registry.rename(session, "truck-8", List.of("trucks"), trucks))
                .isEqualTo(outOfReach());
        assertThat(registry.rename(session, null, List.of(), trucks)).isEqualTo(outOfReach());
        assertThat(session.name()).isEqualTo("truck-9");
        assertThat(registry.rename(session, "truck-8", List.of("odd"), trucks)).isEqualTo(named());
        assertThat(session.name()).isEqualTo("truck-8");
        assertThat(session.groups()).containsExactly("odd");
        assertThat(registry.group("trucks")).isEmpty();
        assertThat(registry.group("odd")).containsExactly(session);
    }

    /** Race: a client with a reach puts the peer into its group again and again. */
    @Test
    void keepsNoPeerInAGroupOutOfWhichSomebodyTakesIt() throws Exception {
        Reach trucks = new Reach(Set.of(), Set.of("trucks"));
        PeerSession session = open(both);
        AtomicBoolean ended = new AtomicBoolean();
        Thread keeper =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    while (!ended.get()) {
                                        var _ = registry.join(session, "trucks", trucks);
                                    }
                                });
        try {
            for (int round = 0; round < 1_000; round++) {
                registry.join(session, "trucks");
                registry.leave(session, "trucks");
                assertThat(session.groups()).isEmpty();
            }
        } finally {
            ended.set(true);
            keeper.join();
        }
    }

    private static NameResult outOfReach() {
        return new NameResult.OutOfReach();
    }

    @Test
    void rejectLeavesTheNameToTheOldPeer() {
        PeerSession old = open(rejecting);
        PeerSession late = open(rejecting);
        registry.rename(old, "a");
        assertThat(registry.rename(late, "a")).isEqualTo(new NameResult.Taken(old));
        assertThat(late.name()).isNull();
        assertThat(registry.find("a")).isEqualTo(new Lookup.Live(old));
    }

    /** The device reconnected before its old connection was flushed. */
    @Test
    void rejectIgnoresAPeerThatIsBeingClosed() {
        FakeLink full = new FakeLink(FakeLink.FULL);
        PeerSession old = registry.open(rejecting, full);
        PeerSession late = open(rejecting);
        registry.rename(old, "a");
        old.send(new byte[1]);
        old.close(CloseReason.KICKED, null, null, java.time.Duration.ofMinutes(1));
        assertThat(old.state()).isEqualTo(PeerState.DRAINING);
        assertThat(registry.rename(late, "a")).isEqualTo(named());
        assertThat(registry.named("a")).containsExactly(late);
    }

    /** It can still be sent to. */
    @Test
    void aHalfClosedPeerOutOfTheReachOfWhoGivesTheNameKeepsIt() {
        Reach trucks = new Reach(Set.of(), Set.of("trucks"));
        PeerSession old = open(rejecting);
        PeerSession late = open(rejecting);
        registry.rename(old, "truck-9");
        registry.leave(old, "trucks");
        old.inputEnded(HalfClose.OPEN, java.time.Duration.ofMinutes(1), null);
        assertThat(old.state()).isEqualTo(PeerState.HALF_CLOSED);
        assertThat(registry.nameOpened(late, "truck-9", trucks))
                .isEqualTo(new NameResult.Taken(old));
        PeerSession other = open(both);
        assertThat(registry.nameOpened(other, "truck-9", trucks))
                .isEqualTo(new NameResult.Taken(old));
        assertThat(registry.named("truck-9")).containsExactly(old);
        assertThat(registry.rename(late, "truck-9")).isEqualTo(named());
        assertThat(registry.named("truck-9")).containsExactly(late);
    }

    @Test
    void replaceClosesTheOldPeerWithAnErrorLine() {
        FakeLink link = new FakeLink();
        PeerSession old = registry.open(replacing, link);
        PeerSession late = open(replacing);
        registry.rename(old, "a");
        assertThat(registry.rename(late, "a")).isEqualTo(new NameResult.Named(List.of(old)));
        assertThat(old.closeReason()).contains(CloseReason.REPLACED);
        assertThat(link.text()).isEqualTo("error replaced: 'a' is now the name of another peer\n");
        assertThat(old.snapshot().closeDetail()).endsWith("name of peer " + late.id());
        assertThat(registry.find("a")).isEqualTo(new Lookup.Live(late));
    }

    /** Race: the old peer closes after another peer took over its name. */
    @ParameterizedTest
    @EnumSource(OnDuplicate.class)
    void closingTheOldPeerDoesNotRemoveTheNewOne(OnDuplicate policy) {
        Listener listener = PeerFixtures.listener("l", policy);
        PeerSession old = registry.open(listener, new FakeLink(FakeLink.FULL));
        registry.rename(old, "a");
        old.send(new byte[1]);
        old.close(CloseReason.KICKED, null, null, java.time.Duration.ofMinutes(1));
        PeerSession late = open(listener);
        registry.rename(late, "a");
        old.abort(CloseReason.RESET, null);
        assertThat(registry.find("a")).isEqualTo(new Lookup.Live(late));
    }

    /** Race: a peer that is being flushed sends its name after its device has reconnected. */
    @Test
    void aPeerThatIsBeingClosedCannotTakeTheNameFromANewPeer() {
        PeerSession old = registry.open(replacing, new FakeLink(FakeLink.FULL));
        old.send(new byte[1]);
        old.close(CloseReason.KICKED, null, null, java.time.Duration.ofMinutes(1));
        assertThat(old.state()).isEqualTo(PeerState.DRAINING);
        PeerSession late = open(replacing);
        registry.rename(late, "a");
        assertThat(registry.identify(old, "a", List.of())).isEqualTo(new NameResult.Gone());
        assertThat(registry.find("a")).isEqualTo(new Lookup.Live(late));
        assertThat(late.state()).isEqualTo(PeerState.OPEN);
    }

    @Test
    void aClosedPeerGetsNoNameAndNoGroup() {
        PeerSession session = open(both);
        session.abort(CloseReason.RESET, null);
        assertThat(registry.rename(session, "a")).isEqualTo(new NameResult.Gone());
        registry.join(session, "g");
        assertThat(registry.named("a")).isEmpty();
        assertThat(registry.groups(Reach.ALL)).isEmpty();
    }

    /** Race: a session closes while it is named. In either order, no entry of it remains. */
    @Test
    void noEntryRemainsOfASessionThatClosesWhileItIsNamed() throws Exception {
        CyclicBarrier start = new CyclicBarrier(2);
        for (int round = 0; round < 2_000; round++) {
            PeerSession session = open(both);
            ThreadTask<NameResult> naming =
                    ThreadTask.call(
                            () -> {
                                start.await();
                                return registry.rename(session, "truck-1");
                            });
            start.await();
            session.abort(CloseReason.RESET, null);
            naming.result();
            assertThat(registry.named("truck-1")).isEmpty();
            assertThat(registry.groups(Reach.ALL)).isEmpty();
        }
    }

    /** Race: two peers get the same name at once; exactly one replaces the other. */
    @Test
    void exactlyOneOfTwoConcurrentPeersKeepsTheName() throws Exception {
        CyclicBarrier start = new CyclicBarrier(2);
        for (int round = 0; round < 1_000; round++) {
            PeerSession one = open(replacing);
            PeerSession other = open(replacing);
            ThreadTask<NameResult> naming =
                    ThreadTask.call(
                            () -> {
                                start.await();
                                return registry.rename(one, "a");
                            });
            start.await();
            registry.rename(other, "a");
            naming.result();
            List<PeerSession> left = registry.named("a");
            assertThat(left).hasSize(1);
            PeerSession loser = left.contains(one) ? other : one;
            assertThat(loser.closeReason()).contains(CloseReason.REPLACED);
            left.getFirst().abort(CloseReason.KICKED, null);
        }
    }

    @Test
    void aNameImpliesGroupsWhichARenameReplaces() {
        PeerSession session = open(both);
        registry.rename(session, "truck-7");
        assertThat(session.groups()).containsExactly("odd", "trucks");
        registry.join(session, "mine");
        registry.rename(session, "truck-8");
        assertThat(session.groups()).containsExactly("mine", "trucks");
        assertThat(registry.group("odd")).isEmpty();
        assertThat(registry.group("trucks")).containsExactly(session);
    }

    @Test
    void everyPeerOfAListenerIsInItsGroups() {
        PeerSession session = open(PeerFixtures.listener("l", OnDuplicate.REPLACE, "eu", "fleet"));
        assertThat(session.groups()).containsExactly("eu", "fleet");
        assertThat(registry.groups(Reach.ALL)).isEqualTo(Map.of("eu", 1, "fleet", 1));
    }

    @Test
    void groupsAreJoinedLeftAndCounted() {
        PeerSession first = open(both);
        PeerSession second = open(both);
        registry.join(first, "a");
        registry.join(first, "a");
        registry.join(second, "a");
        registry.regroup(second, List.of("b", "a", "b"));
        assertThat(second.groups()).containsExactly("a", "b");
        assertThat(registry.groups(Reach.ALL)).isEqualTo(Map.of("a", 2, "b", 1));
        registry.leave(first, "a");
        registry.leave(first, "never there");
        assertThat(registry.group("a")).containsExactly(second);
        second.abort(CloseReason.RESET, null);
        assertThat(registry.groups(Reach.ALL)).isEmpty();
    }

    @Test
    void aNameButNotAGroupMakesAPeerIdentified() {
        PeerSession session = open(both);
        assertThat(session.identified()).isFalse();
        registry.regroup(session, List.of("g"));
        assertThat(session.identified()).isFalse();
        registry.identify(session, "a", List.of("h"));
        assertThat(session.identified()).isTrue();
        assertThat(session.groups()).containsExactly("g", "h");
    }

    @Test
    void remembersTheLastPeerThatClosedWithAName() {
        List<PeerSession> sessions = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            PeerSession session = open(both);
            registry.rename(session, "a");
            session.abort(CloseReason.RESET, null);
            sessions.add(session);
        }
        assertThat(registry.find("a"))
                .isEqualTo(new Lookup.Closed(Optional.of(sessions.getLast().snapshot())));
    }

    private static NameResult named() {
        return new NameResult.Named(List.of());
    }

    /**
     * Any number of peers may give themselves the same name. With work that grows with the number
     * of holders, 40,000 names and closes take minutes.
     */
    @Test
    @Timeout(30)
    void aNameWithManyHoldersCostsNoMore() {
        List<PeerSession> sessions = new ArrayList<>();
        for (int at = 0; at < 40_000; at++) {
            PeerSession session = open(both);
            sessions.add(session);
            assertThat(registry.identify(session, "same", List.of())).isEqualTo(named());
        }
        assertThat(registry.named("same")).isEqualTo(sessions);
        PeerSession last = sessions.removeLast();
        sessions.forEach(each -> each.abort(CloseReason.RESET, null));
        assertThat(registry.find("same")).isEqualTo(new Lookup.Live(last));
    }

    /** Whether a peer is among the first ones depends on how many others there are. */
    @Test
    void tellsNoGroupsToACallerOfSomeListeners() {
        PeerRegistry registry = PeerFixtures.registry();
        registry.join(registry.open(PeerFixtures.listener("one"), new FakeLink()), "east");
        assertThat(registry.groupNames(Reach.ALL, 9)).containsExactly("east");
        assertThat(registry.groupNames(new Reach(Set.of(), Set.of("east")), 9))
                .containsExactly("east");
        assertThat(registry.groupNames(new Reach(Set.of("one"), Set.of()), 9)).isEmpty();
    }
}
