package io.switchboard.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.switchboard.peer.FakeLink;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Transport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TargetTest {

    @Test
    void readsWhatTheApiSpells() {
        assertThat(Target.parse("all")).isEqualTo(new Target.All());
        assertThat(Target.parse("4kdtwq-17")).isEqualTo(new Target.One("4kdtwq-17"));
        assertThat(Target.parse("24:0A:C4:00:01:02"))
                .isEqualTo(new Target.One("24:0A:C4:00:01:02"));
        assertThat(Target.parse("Listener:x")).isEqualTo(new Target.One("Listener:x"));
        assertThat(Target.parse("group:trucks")).isEqualTo(new Target.OfGroup("trucks"));
        assertThat(Target.parse("listener:default")).isEqualTo(new Target.OfListener("default"));
        assertThat(Target.parse("listener:a:b")).isEqualTo(new Target.OfListener("a:b"));
        assertThat(Target.parse("transport:tcp")).isEqualTo(new Target.OfTransport(Transport.TCP));
    }

    /** A misspelt target must never become a broadcast. */
    @ParameterizedTest
    @ValueSource(strings = {"", " ", ":", "listener:", "listener: ", "group:", "all:"})
    void refusesOtherTextsAndListsTheKnownForms(String text) {
        assertThatThrownBy(() -> Target.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + text + "' is no target")
                .hasMessageContaining(
                        "all, a peer's id or name, group:NAME, listener:NAME and transport:NAME");
    }

    @Test
    void refusesAnUnknownTransportAndListsTheKnownOnes() {
        assertThatThrownBy(() -> Target.parse("transport:sctp"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("unknown transport 'sctp': known are tcp, tls, udp, unix");
    }

    @Test
    void matchesThoseWhoAreMeant() {
        PeerRegistry registry = PeerFixtures.registry();
        PeerSession session = registry.open(PeerFixtures.listener("default"), new FakeLink());
        assertThat(new Target.All().matches(session)).isTrue();
        assertThat(new Target.OfListener("default").matches(session)).isTrue();
        assertThat(new Target.OfListener("other").matches(session)).isFalse();
        assertThat(new Target.OfTransport(Transport.TCP).matches(session)).isTrue();
        assertThat(new Target.One(session.id().toString()).matches(session)).isTrue();
        assertThat(new Target.One(session.id() + "0").matches(session)).isFalse();
        assertThat(new Target.One("a").matches(session)).isFalse();
        assertThat(new Target.OfGroup("g").matches(session)).isFalse();
        registry.rename(session, "a");
        registry.join(session, "g");
        assertThat(new Target.One("a").matches(session)).isTrue();
        assertThat(new Target.OfGroup("g").matches(session)).isTrue();
    }
}
