package io.switchboard.http.access;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RemoteAddressTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "127.9.9.9",
                "0:0:0:0:0:0:0:1",
                "10.0.0.1",
                "172.16.0.1",
                "172.17.0.1",
                "172.31.255.255",
                "192.168.65.1",
                "169.254.1.1",
                "fd12:3456:789a:0:0:0:0:1",
                "fc00:0:0:0:0:0:0:1",
                "fe80:0:0:0:0:0:0:1%gone0"
            })
    void loopbackAndPrivateAddressesAreLocal(String remote) {
        assertThat(RemoteAddress.isLocal(remote)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "8.8.8.8",
                "172.15.255.255",
                "172.32.0.1",
                "192.169.0.1",
                "11.0.0.1",
                "100.64.0.1",
                "2001:db8:0:0:0:0:0:1",
                "fec0:0:0:0:0:0:0:1",
                "64:ff9b:0:0:0:0:a00:1"
            })
    void otherAddressesAreNotLocal(String remote) {
        assertThat(RemoteAddress.isLocal(remote)).isFalse();
        assertThat(RemoteAddress.isLoopback(remote)).isFalse();
    }

    @Test
    void anIpv6NetworkHasAPrefixOf64Bits() {
        assertThat(RemoteAddress.network("2001:db8:0:1:0:0:0:1"))
                .isEqualTo(RemoteAddress.network("2001:db8:0:1:ffff:0:0:2"))
                .isNotEqualTo(RemoteAddress.network("2001:db8:0:2:0:0:0:1"));
        assertThat(RemoteAddress.network("192.0.2.1"))
                .isNotEqualTo(RemoteAddress.network("192.0.2.2"));
    }
}
