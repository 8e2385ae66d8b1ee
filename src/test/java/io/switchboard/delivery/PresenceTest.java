package io.switchboard.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.peer.FakeLink;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Lookup;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import java.util.List;
import org.junit.jupiter.api.Test;

class PresenceTest {
    private final PeerRegistry registry = PeerFixtures.registry();
    private final Listener listener = PeerFixtures.listener("default");
    private final PeerSession first = come();
    private final Presence early = Presence.at(System.nanoTime());
    private final PeerSession second = come();
    private final Presence late = Presence.at(System.nanoTime());

    private PeerSession come() {
        PeerSession session = registry.open(listener, new FakeLink());
        registry.rename(session, "meter");
        return session;
    }

    @Test
    void whoCameLaterIsNotThere() {
        assertThat(early.has(first)).isTrue();
        assertThat(early.has(second)).isFalse();
        assertThat(late.has(second)).isTrue();
        assertThat(Presence.ANYBODY.has(second)).isTrue();
    }

    @Test
    void aNameIsOfThoseWhoWereThere() {
        assertThat(early.find("meter", registry)).isEqualTo(new Lookup.Live(first));
        assertThat(late.find("meter", registry))
                .isEqualTo(new Lookup.Several(List.of(first, second)));
        assertThat(Presence.ANYBODY.find("meter", registry))
                .isEqualTo(late.find("meter", registry));
        Presence before = Presence.at(early.moment() - 3_600_000_000_000L);
        assertThat(before.find("meter", registry)).isEqualTo(new Lookup.Unknown("meter"));
    }

    @Test
    void aReferenceIsOfNobodyWhereItsPeerCameLater() {
        String reference = second.id().toString();
        assertThat(early.find(reference, registry)).isEqualTo(new Lookup.Unknown(reference));
        assertThat(late.find(reference, registry)).isEqualTo(new Lookup.Live(second));
    }

    @Test
    void twoTogetherHaveWhomBothHave() {
        assertThat(early.and(late)).isEqualTo(early);
        assertThat(late.and(early)).isEqualTo(early);
        assertThat(early.and(Presence.ANYBODY)).isEqualTo(early);
        assertThat(Presence.ANYBODY.and(late)).isEqualTo(late);
        assertThat(Presence.ANYBODY.and(Presence.ANYBODY)).isEqualTo(Presence.ANYBODY);
    }

    /** The clock has no beginning: its numbers may go from the highest to the lowest. */
    @Test
    void theEarlierOfTwoIsSoAcrossTheClocksEnd() {
        Presence before = Presence.at(Long.MAX_VALUE);
        Presence after = Presence.at(Long.MIN_VALUE);
        assertThat(before.and(after)).isEqualTo(before);
        assertThat(after.and(before)).isEqualTo(before);
    }
}
