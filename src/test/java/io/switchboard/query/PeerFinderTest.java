package io.switchboard.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.kernel.SocketFigures.Ends;
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

    /** A datagram socket may have the very addresses of a TCP one. */
    @Test
    void onlySocketsOfTcpAreLookedFor() {
        PeerSession tcp = open(Transport.TCP, new FakeLink());
        assertThat(PeerFinder.ends(tcp))
                .isEqualTo(Ends.of(tcp.link().local(), tcp.link().remote()))
                .isNotNull();
        assertThat(PeerFinder.ends(open(Transport.TLS, new FakeLink()))).isNotNull();
        assertThat(PeerFinder.ends(open(Transport.UDP, new FakeLink()))).isNull();
        FakeLink unnamed = new FakeLink(FakeLink.TAKES_ALL, UnixDomainSocketAddress.of(""));
        assertThat(PeerFinder.ends(open(Transport.UNIX, unnamed))).isNull();
    }

    @Test
    void theKernelKnowsAProxyAndNotWhoIsBehindIt() {
        FakeLink link = new FakeLink();
        PeerSession direct = open(Transport.TCP, new FakeLink());
        link.client(new InetSocketAddress("192.0.2.7", 53_412));
        assertThat(PeerFinder.ends(open(Transport.TCP, link))).isEqualTo(PeerFinder.ends(direct));
    }

    private PeerSession open(Transport transport, FakeLink link) {
        return registry.open(PeerFixtures.listener("one", transport), link);
    }
}
