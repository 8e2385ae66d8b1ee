package io.switchboard.transport.datagram;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.transport.datagram.Datagrams.Source;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SourceTest {
    private static final int MANY = 10_000;

    /** Who sends from chosen addresses and ports must not make a list of the table. */
    @Test
    void addressesThatTheJdkHashesAlikeAreSpread() throws UnknownHostException {
        Set<Integer> theirs = new HashSet<>();
        Set<Integer> ours = new HashSet<>();
        for (int i = 0; i < MANY; i++) {
            byte[] ip = {10, 0, (byte) (i >> Byte.SIZE), (byte) i};
            InetSocketAddress address =
                    new InetSocketAddress(InetAddress.getByAddress(ip), 20_000 - i);
            theirs.add(address.hashCode());
            ours.add(new Source(address).hashCode());
        }
        assertThat(theirs).hasSize(1);
        assertThat(ours).hasSizeGreaterThan(MANY * 9 / 10);
    }

    @Test
    void sameAddressIsTheSameSource() {
        InetSocketAddress one = new InetSocketAddress(InetAddress.ofLiteral("::1"), 7);
        InetSocketAddress same = new InetSocketAddress(InetAddress.ofLiteral("0:0::1"), 7);
        assertThat(new Source(one)).isEqualTo(new Source(same));
        assertThat(new Source(one).hashCode()).isEqualTo(new Source(same).hashCode());
    }
}
