package io.switchboard.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ForbiddenAddressTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "169.254.169.254",
                "169.254.0.1",
                "169.254.170.2",
                "100.100.100.200",
                "168.63.129.16",
                "192.0.0.192",
                "fe80::1",
                "febf::1",
                "fd00:ec2::254",
                "fd20:ce::254",
                "::ffff:169.254.169.254",
                "::169.254.169.254",
                "64:ff9b::169.254.169.254",
                "2002:a9fe:a9fe::1",
                "2852039166"
            })
    void isForbidden(String address) {
        assertThat(ForbiddenAddress.is(InetAddress.ofLiteral(address))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "::1",
                "10.0.0.1",
                "192.168.1.1",
                "100.100.100.201",
                "169.253.255.255",
                "169.255.0.1",
                "8.8.8.8",
                "fd00:ec3::254",
                "fec0::1",
                "2001:db8::1",
                "64:ff9b::8.8.8.8",
                "2002:808:808::1",
                "::ffff:127.0.0.1"
            })
    void isAllowed(String address) {
        assertThat(ForbiddenAddress.is(InetAddress.ofLiteral(address))).isFalse();
    }
}
