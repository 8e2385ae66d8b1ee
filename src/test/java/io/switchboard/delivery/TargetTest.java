package io.switchboard.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.switchboard.peer.FakeLink;
import io.switchboard.peer.Names;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Transport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TargetTest {

    @Test
    void parsesTheDocumentedForms() {
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

    @Test
    void parsesUdpAddresses() {
        InetSocketAddress four = new InetSocketAddress(InetAddress.ofLiteral("192.0.2.7"), 9000);
        InetSocketAddress six = new InetSocketAddress(InetAddress.ofLiteral("2001:db8::1"), 9);
        assertThat(Target.parse("udp:192.0.2.7:9000")).isEqualTo(new Target.OfAddress(four, null));
        assertThat(Target.parse("udp:192.0.2.7:9000@a:b"))
                .isEqualTo(new Target.OfAddress(four, "a:b"));
        assertThat(Target.parse("udp:[2001:db8::1]:9")).isEqualTo(new Target.OfAddress(six, null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "udp:192.0.2.7",
                "udp:192.0.2.7:",
                "udp:192.0.2.7:0",
                "udp:192.0.2.7:65536",
                "udp:192.0.2.7:+9",
                "udp:192.0.2.7:9@",
                "udp:2001:db8::1:9",
                "udp:[192.0.2.7]:9",
                "udp:host:9",
                "udp:192.0.2:9"
            })
    void refusesMalformedUdpAddresses(String text) {
        assertThatThrownBy(() -> Target.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + text + "'")
                .hasMessageContaining("such as udp:192.0.2.7:9000, udp:[2001:db8::1]:9000");
    }

    @ParameterizedTest
    @CsvSource({
        "tcp:192.0.2.7:9100, false, 192.0.2.7, 9100, ",
        "tls:printer-2.example:9443, true, printer-2.example, 9443, ",
        "tcp:[2001:db8::1]:9100, false, 2001:db8::1, 9100, ",
        "tcp:localhost:1@lab:2, false, localhost, 1, lab:2",
    })
    void parsesHostsToConnectTo(String text, boolean tls, String host, int port, String listener) {
        Target.Remote remote = new Target.Remote(tls, host, port, listener);
        assertThat(Target.parse(text)).isEqualTo(remote);
        assertThat(remote.text()).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tcp:host",
                "tcp:host:",
                "tcp::9",
                "tcp:host:0",
                "tcp:host:65536",
                "tls:host:+9",
                "tcp:host:9@",
                "tcp:2001:db8::1:9",
                "tcp:[host]:9",
                "tcp:a host:9",
                "tcp://host:9",
                "tcp:user@host:9"
            })
    void refusesMalformedHosts(String text) {
        assertThatThrownBy(() -> Target.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + text + "'")
                .hasMessageContaining("such as tcp:192.0.2.7:9100, tls:printer.example:9443");
    }

    @Test
    void aHostIsNoConnectedPeer() {
        assertThat(Target.parseConnected("all")).isEqualTo(new Target.All());
        assertThatThrownBy(() -> Target.parseConnected("tcp:host:9"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'tcp:host:9' is a host to connect to");
    }

    @ParameterizedTest
    @ValueSource(strings = {"udp:192.0.2.7:9000", "tcp:192.0.2.7:9000", "tls:x"})
    void aNameCannotLookLikeAnAddress(String name) {
        assertThat(Names.nameError(name)).isPresent();
    }

    @Test
    void anAddressMatchesOnlyTheUdpPeerThatHasIt() {
        InetSocketAddress remote = new InetSocketAddress(InetAddress.ofLiteral("192.0.2.7"), 9000);
        FakeLink link = new FakeLink(FakeLink.TAKES_ALL, remote);
        PeerRegistry registry = PeerFixtures.registry();
        PeerSession udp = registry.open(PeerFixtures.listener("u", Transport.UDP), link);
        PeerSession tcp = registry.open(PeerFixtures.listener("t"), link);
        assertThat(new Target.OfAddress(remote, null).matches(udp)).isTrue();
        assertThat(new Target.OfAddress(remote, "u").matches(udp)).isTrue();
        assertThat(new Target.OfAddress(remote, "v").matches(udp)).isFalse();
        assertThat(new Target.OfAddress(remote, null).matches(tcp)).isFalse();
    }

    /** A misspelt target must never become a broadcast. */
    @ParameterizedTest
    @ValueSource(strings = {"", " ", ":", "listener:", "listener: ", "group:", "all:"})
    void refusesOtherTextsAndListsTheKnownForms(String text) {
        assertThatThrownBy(() -> Target.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + text + "' is no target")
                .hasMessageContaining(
                        "all, a peer's id or name, group:NAME, listener:NAME, transport:NAME,"
                                + " udp:ADDRESS:PORT, tcp:HOST:PORT and tls:HOST:PORT");
    }

    @Test
    void refusesAnUnknownTransportAndListsTheKnownOnes() {
        assertThatThrownBy(() -> Target.parse("transport:sctp"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("unknown transport 'sctp': known are tcp, tls, udp, unix");
    }

    @Test
    void matchesAPeerByEachOfItsProperties() {
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
