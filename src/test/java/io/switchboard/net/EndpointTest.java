package io.switchboard.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class EndpointTest {
    private static final SocketAddress V4 = new InetSocketAddress("192.0.2.7", 53_412);
    private static final SocketAddress V6 = new InetSocketAddress("2001:db8::7", 53_412);
    private static final SocketAddress LOCAL = UnixDomainSocketAddress.of("/run/switchboard.sock");
    private static final SocketAddress UNNAMED = UnixDomainSocketAddress.of("");

    @Test
    void isWrittenInTheUsualForm() {
        assertThat(Endpoint.of(V4)).hasToString("192.0.2.7:53412");
        assertThat(Endpoint.of(V6)).hasToString("[2001:db8::7]:53412");
        assertThat(Endpoint.of(LOCAL)).hasToString("/run/switchboard.sock");
        assertThat(Endpoint.of(UNNAMED)).hasToString("unix");
        assertThat(new Endpoint.Local("", "www", "web")).hasToString("unix:www");
        assertThat(new Endpoint.Local("/tmp/c", "www", "web")).hasToString("/tmp/c");
    }

    @Test
    void jsonContainsOnlyKnownFields() {
        assertThat(json(Endpoint.of(V6))).isEqualTo("{\"host\":\"2001:db8::7\",\"port\":53412}");
        assertThat(json(Endpoint.of(UNNAMED))).isEqualTo("{\"path\":\"\"}");
        assertThat(json(new Endpoint.Local("/tmp/c", "www", "web")))
                .isEqualTo("{\"path\":\"/tmp/c\",\"user\":\"www\",\"group\":\"web\"}");
    }

    private static String json(Endpoint endpoint) {
        return JsonMapper.shared().writeValueAsString(endpoint);
    }

    @Test
    void givesTheFamilyAndTheIpAddress() {
        assertThat(Endpoint.family(V4)).isEqualTo("AF_INET");
        assertThat(Endpoint.family(V6)).isEqualTo("AF_INET6");
        assertThat(Endpoint.family(LOCAL)).isEqualTo("AF_UNIX");
        assertThat(Endpoint.ip(V4)).hasToString("/192.0.2.7");
        assertThat(Endpoint.ip(UNNAMED)).isNull();
    }

    @Test
    void refusesAnUnresolvedAddress() {
        SocketAddress unresolved = InetSocketAddress.createUnresolved("localhost", 1);
        assertThatThrownBy(() -> Endpoint.of(unresolved))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("localhost");
    }
}
