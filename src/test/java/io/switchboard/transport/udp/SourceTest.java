package io.switchboard.transport.udp;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.transport.udp.UdpSocket.Source;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SourceTest {
    private static final int MANY = 10_000;

    /** A sender that chooses its addresses and ports must not turn the hash table into a list. */
    @Test
    void addressesWithEqualHashCodesInTheJdkGetDifferentOnes() throws UnknownHostException {
        Set<Integer> jdkHashCodes = new HashSet<>();
        Set<Integer> hashCodes = new HashSet<>();
        for (int i = 0; i < MANY; i++) {
            byte[] ip = {10, 0, (byte) (i >> Byte.SIZE), (byte) i};
            InetSocketAddress address =
                    new InetSocketAddress(InetAddress.getByAddress(ip), 20_000 - i);
            jdkHashCodes.add(address.hashCode());
            hashCodes.add(new Source(address).hashCode());
        }
        assertThat(jdkHashCodes).hasSize(1);
        assertThat(hashCodes).hasSizeGreaterThan(MANY * 9 / 10);
    }

    @Test
    void equalAddressesAreEqualSources() {
        InetSocketAddress one = new InetSocketAddress(InetAddress.ofLiteral("::1"), 7);
        InetSocketAddress same = new InetSocketAddress(InetAddress.ofLiteral("0:0::1"), 7);
        assertThat(new Source(one)).isEqualTo(new Source(same));
        assertThat(new Source(one).hashCode()).isEqualTo(new Source(same).hashCode());
    }
}
