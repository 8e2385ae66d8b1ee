package io.switchboard.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.kernel.SocketFigures.Ends;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import org.junit.jupiter.api.Test;

class EndsTest {

    @Test
    void onlyIpAddressesAreEnds() {
        InetSocketAddress ip = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
        UnixDomainSocketAddress path = UnixDomainSocketAddress.of("");
        assertThat(Ends.of(ip, ip)).isEqualTo(new Ends(ip, ip));
        assertThat(Ends.of(ip, path)).isNull();
        assertThat(Ends.of(path, ip)).isNull();
    }
}
