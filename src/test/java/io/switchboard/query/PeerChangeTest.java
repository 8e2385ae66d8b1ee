package io.switchboard.query;

import static io.switchboard.query.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.peer.FakeLink;
import io.switchboard.peer.Identification.OnDuplicate;
import io.switchboard.peer.LinearPattern;
import io.switchboard.peer.Listener;
import io.switchboard.peer.NameHolders;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerObserver;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Reach;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Changes of a peer, also by a client whose reach it has left since the client found it. */
class PeerChangeTest {
    private final PeerRegistry registry =
            PeerFixtures.registry(
                    Map.of(
                            "trucks", LinearPattern.of("truck-\\d+"),
                            "old", LinearPattern.of("old-.*")));
    private final Listener listener = PeerFixtures.listener("default");
    private final Reach trucks = new Reach(Set.of(), Set.of("trucks"));
    private final PeerSession session = registry.open(listener, new FakeLink());
    private final NameHolders holders = new QueryFixtures(registry).locator();

    private void assertUnknown(PeerChange change) {
        assertRefused(
                () -> change.apply(session, "it", trucks, registry, holders),
                Rejection.Reason.UNKNOWN_PEER,
                "no peer 'it'");
        assertThat(session.groups()).isEmpty();
        assertThat(session.name()).isEqualTo("truck-8");
    }

    private static PeerChange change(@Nullable String name, @Nullable List<String> groups) {
        return new PeerChange(name, groups, null, null, null, null, null);
    }

    @Test
    void doesNotReturnThePeerToTheReach() {
        registry.rename(session, "truck-8");
        registry.leave(session, "trucks");
        assertUnknown(PeerChange.joining("trucks"));
        assertUnknown(PeerChange.leaving("trucks"));
        assertUnknown(change(null, List.of("trucks")));
        assertUnknown(change("truck-8", null));
        assertUnknown(change("truck-9", List.of("trucks")));
        assertUnknown(change(PeerChange.NO_NAME, null));
    }

    @Test
    void changesAPeerInReach() {
        registry.rename(session, "truck-8");
        change("truck-9", null).apply(session, "it", trucks, registry, holders);
        PeerChange.joining("trucks").apply(session, "it", trucks, registry, holders);
        assertThat(session.name()).isEqualTo("truck-9");
        assertThat(session.groups()).containsExactly("trucks");
        change(PeerChange.NO_NAME, List.of()).apply(session, "it", trucks, registry, holders);
        assertThat(session.name()).isNull();
        assertThat(session.groups()).isEmpty();
    }

    /** A client that reaches only the groups before the change, or only those of the name. */
    @Test
    void nobodySeesTheNewNameWithOtherGroups() {
        List<List<String>> seen = new ArrayList<>();
        registry.observe(
                new PeerObserver() {
                    @Override
                    public void identified(PeerSession named) {
                        seen.add(named.groups());
                    }
                });
        registry.join(session, "vans");
        change("secret", List.of("cars")).apply(session, "it", Reach.ALL, registry, holders);
        change("truck-8", List.of("vans")).apply(session, "it", Reach.ALL, registry, holders);
        assertThat(seen).containsExactly(List.of("cars"), List.of("vans"));
        change(PeerChange.NO_NAME, List.of("cars"))
                .apply(session, "it", Reach.ALL, registry, holders);
        assertThat(session.name()).isNull();
        assertThat(session.groups()).containsExactly("cars");
    }

    @Test
    void onlyTheGroupsAfterTheChangeDecideWhetherItIsInReach() {
        registry.rename(session, "old-1");
        registry.join(session, "trucks");
        change("truck-8", List.of("trucks", "old")).apply(session, "it", trucks, registry, holders);
        assertThat(session.groups()).containsExactly("old", "trucks");
        assertRefused(
                () ->
                        change("truck-9", List.of("trucks"))
                                .apply(session, "it", trucks, registry, holders),
                Rejection.Reason.OUT_OF_REACH,
                "group 'old' is not one of those");
        assertThat(session.name()).isEqualTo("truck-8");
    }

    @Test
    void changesNoGroupsIfAnotherPeerKeepsTheName() {
        PeerSession late =
                registry.open(PeerFixtures.listener("l", OnDuplicate.REJECT), new FakeLink());
        registry.rename(session, "truck-8");
        registry.join(late, "vans");
        assertRefused(
                () ->
                        change("truck-8", List.of("cars"))
                                .apply(late, "it", Reach.ALL, registry, holders),
                Rejection.Reason.DUPLICATE_NAME,
                "truck-8");
        assertThat(late.groups()).containsExactly("vans");
    }

    /** The two would share the name, and with it the messages. */
    @ParameterizedTest
    @EnumSource(OnDuplicate.class)
    void givesNoNameThatAPeerOutOfReachHas(OnDuplicate policy) {
        PeerSession victim = registry.open(listener, new FakeLink());
        registry.rename(victim, "truck-1");
        registry.leave(victim, "trucks");
        PeerSession own = registry.open(PeerFixtures.listener("own", policy), new FakeLink());
        registry.rename(own, "truck-2");
        assertRefused(
                () -> change("truck-1", null).apply(own, "own", trucks, registry, holders),
                Rejection.Reason.OUT_OF_REACH,
                "name='truck-1'",
                "another peer has it");
        assertThat(registry.rename(own, "truck-1", trucks))
                .isEqualTo(new PeerRegistry.NameResult.Taken(victim));
        assertThat(registry.named("truck-1")).containsExactly(victim);
        registry.join(victim, "trucks");
        if (policy == OnDuplicate.ALLOW_BOTH) {
            change("truck-1", null).apply(own, "own", trucks, registry, holders);
            assertThat(registry.named("truck-1")).containsExactlyInAnyOrder(victim, own);
        }
    }

    @Test
    void putsAPeerIntoSoManyGroupsAtMost() {
        for (int i = 0; i < PeerRegistry.MAX_GROUPS; i++) {
            PeerChange.joining("g" + i).apply(session, "it", Reach.ALL, registry, holders);
        }
        PeerChange.joining("g0").apply(session, "it", Reach.ALL, registry, holders);
        assertRefused(
                () -> PeerChange.joining("more").apply(session, "it", Reach.ALL, registry, holders),
                Rejection.Reason.BAD_REQUEST,
                "group='more': the peer is in 64 groups");
        registry.join(session, "of the listener");
        assertThat(session.groups()).hasSize(65).doesNotContain("more");
    }
}
