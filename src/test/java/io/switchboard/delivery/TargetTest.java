package io.switchboard.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.switchboard.peer.FakeLink;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Transport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TargetTest {

    @Test
    void readsWhatTheApiSpells() {
        assertThat(Target.parse("all")).isEqualTo(new Target.All());
        assertThat(Target.parse("k3f9x2-17")).isEqualTo(new Target.One("k3f9x2-17"));
        assertThat(Target.parse("listener:default")).isEqualTo(new Target.OfListener("default"));
        assertThat(Target.parse("listener:a:b")).isEqualTo(new Target.OfListener("a:b"));
        assertThat(Target.parse("transport:tcp")).isEqualTo(new Target.OfTransport(Transport.TCP));
    }

    /** A misspelt target must never become a broadcast. */
    @ParameterizedTest
    @ValueSource(
            strings = {"", " ", "listener:", "listener: ", "Listener:x", "peer:x", ":x", "all:"})
    void refusesOtherTextsAndListsTheKnownForms(String text) {
        assertThatThrownBy(() -> Target.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + text + "' is no target")
                .hasMessageContaining("all, a peer's id, listener:NAME and transport:NAME");
    }

    @Test
    void refusesAnUnknownTransportAndListsTheKnownOnes() {
        assertThatThrownBy(() -> Target.parse("transport:sctp"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("unknown transport 'sctp': known is tcp");
    }

    @Test
    void matchesThoseWhoAreMeant() {
        PeerSession session =
                PeerFixtures.registry().open(PeerFixtures.listener("default"), new FakeLink());
        assertThat(new Target.All().matches(session)).isTrue();
        assertThat(new Target.OfListener("default").matches(session)).isTrue();
        assertThat(new Target.OfListener("other").matches(session)).isFalse();
        assertThat(new Target.OfTransport(Transport.TCP).matches(session)).isTrue();
        assertThat(new Target.One(session.id().toString()).matches(session)).isTrue();
        assertThat(new Target.One(session.id() + "0").matches(session)).isFalse();
    }
}
