package io.switchboard.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.kernel.TcpSocketInfo.SocketPair;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import org.junit.jupiter.api.Test;

class SocketPairTest {

    @Test
    void consistsOfIpAddressesOnly() {
        InetSocketAddress ip = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
        UnixDomainSocketAddress path = UnixDomainSocketAddress.of("");
        assertThat(SocketPair.of(ip, ip)).isEqualTo(new SocketPair(ip, ip));
        assertThat(SocketPair.of(ip, path)).isNull();
        assertThat(SocketPair.of(path, ip)).isNull();
    }
}
