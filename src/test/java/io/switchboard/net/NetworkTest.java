package io.switchboard.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.core.convert.support.DefaultConversionService;

class NetworkTest {

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.0.0.0",
        "10.0.0.0/8, 10.255.255.255",
        "10.64.0.0/10, 10.127.0.1",
        "192.0.2.128/25, 192.0.2.200",
        "192.0.2.7, 192.0.2.7",
        "192.0.2.7/32, 192.0.2.7",
        "0.0.0.0/0, 203.0.113.1",
        "10.0.0.0/8, ::ffff:10.1.2.3",
        "fd00::/8, fdff::1",
        "2001:db8::/33, 2001:db8:7fff::1",
        "::1, ::1",
        "::/0, 2001:db8::1"
    })
    void containsAddressesWithItsPrefix(String network, String address) {
        assertThat(Network.of(network).contains(InetAddress.ofLiteral(address))).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 11.0.0.0",
        "10.64.0.0/10, 10.128.0.1",
        "192.0.2.128/25, 192.0.2.127",
        "192.0.2.7, 192.0.2.6",
        "fd00::/8, fc00::1",
        "2001:db8::/33, 2001:db8:8000::1",
        "::1, ::2",
        "0.0.0.0/0, ::1",
        "::/0, 10.0.0.1"
    })
    void containsNoOtherAddress(String network, String address) {
        assertThat(Network.of(network).contains(InetAddress.ofLiteral(address))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/8",
                "ten",
                "10.0.0.0.0/8",
                "localhost",
                "10.1/16",
                "010.0.0.0/8",
                "fe80::1%lo"
            })
    void refusesOtherTextAndSaysWhatIsValid(String text) {
        assertThatThrownBy(() -> Network.of(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "'"
                                + text
                                + "' is not a network: it takes a network such as 10.0.0.0/8 or"
                                + " fd00::/8, or an address");
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.0/", "10.0.0.0/a", "10.0.0.0/-1", "10.0.0.0/255.0.0.0"})
    void refusesAnInvalidPrefixLength(String text) {
        assertThatThrownBy(() -> Network.of(text))
                .hasMessageStartingWith("'" + text + "': '")
                .hasMessageContaining("' is not a prefix length: it takes a network such as");
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/33, /33 is not a prefix length of 10.0.0.0: it takes /0 to /32",
        "::1/129, /129 is not a prefix length of ::1: it takes /0 to /128",
        "10.0.0.1/8, '10.0.0.1 has bits set after its /8 prefix: it takes 10.0.0.0/8, or 10.0.0.1 alone'",
        "fd00::1/8, 'fd00::1 has bits set after its /8 prefix: it takes fd00::/8, or fd00::1 alone'",
        "192.0.2.65/26, '192.0.2.65 has bits set after its /26 prefix: it takes 192.0.2.64/26,"
                + " or 192.0.2.65 alone'"
    })
    void refusesBitsOutsideThePrefix(String text, String message) {
        assertThatThrownBy(() -> Network.of(text)).hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.0/8, 10.0.0.0/8", "192.0.2.7/32, 192.0.2.7", "FD00:0::/8, fd00::/8"})
    void isWrittenAsInTheConfiguration(String text, String shown) {
        assertThat(Network.of(text)).hasToString(shown);
    }

    @Test
    void isReadFromTheConfiguration() {
        assertThat(DefaultConversionService.getSharedInstance().convert("::1", Network.class))
                .isEqualTo(Network.of("::1"));
    }
}
