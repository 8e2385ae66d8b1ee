package io.switchboard.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.kernel.TcpSocketInfo.SocketPair;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Transport;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import org.junit.jupiter.api.Test;

class PeerFinderTest {
    private final PeerRegistry registry = PeerFixtures.registry();

    /** A datagram socket may have the same two addresses as a TCP socket. */
    @Test
    void onlyTcpSocketsHaveAPairToLookUp() {
        PeerSession tcp = open(Transport.TCP, new FakeLink());
        assertThat(PeerFinder.socketPair(tcp))
                .isEqualTo(SocketPair.of(tcp.link().local(), tcp.link().remote()))
                .isNotNull();
        assertThat(PeerFinder.socketPair(open(Transport.TLS, new FakeLink()))).isNotNull();
        assertThat(PeerFinder.socketPair(open(Transport.UDP, new FakeLink()))).isNull();
        FakeLink unnamed = new FakeLink(FakeLink.TAKES_ALL, UnixDomainSocketAddress.of(""));
        assertThat(PeerFinder.socketPair(open(Transport.UNIX, unnamed))).isNull();
    }

    @Test
    void thePairHasTheAddressOfTheProxyAndNotOfTheClientBehindIt() {
        FakeLink link = new FakeLink();
        PeerSession direct = open(Transport.TCP, new FakeLink());
        link.client(new InetSocketAddress("192.0.2.7", 53_412));
        assertThat(PeerFinder.socketPair(open(Transport.TCP, link)))
                .isEqualTo(PeerFinder.socketPair(direct));
    }

    private PeerSession open(Transport transport, FakeLink link) {
        return registry.open(PeerFixtures.listener("one", transport), link);
    }
}
