package io.switchboard.web.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.switchboard.cluster.Node;
import io.switchboard.cluster.SingleNode;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.mock.web.MockHttpServletRequest;

/** Addresses that no test can call from: the rest is AdminAccessIT's and AdminTokenIT's. */
class AccessTest {
    private static final String TOKEN = "0123456789abcdef";

    /** Docker's proxy or its masquerading make the bridge's address of everybody's. */
    @ParameterizedTest
    @CsvSource({
        "172.17.0.1, localhost:8080",
        "10.88.0.1, localhost:8080",
        "192.168.65.1, 127.0.0.1:8080",
        "fd00:0:0:0:0:0:0:1, [::1]:8080",
        "192.168.1.20, myserver:8080"
    })
    void curlPassesThroughAPublishedPort(String remote, String host) {
        assertThat(access(AdminAuth.AUTO, null).refusal(request("POST", remote, host))).isNull();
    }

    @ParameterizedTest
    @CsvSource({"203.0.113.9, localhost", "2001:db8:0:0:0:0:0:9, [2001:db8::1]"})
    void aPublicAddressIsToldWhichSettingsLetItIn(String remote, String host) {
        Verdict.Refused refused =
                access(AdminAuth.AUTO, null).refusal(request("GET", remote, host));
        assertThat(refused).isNotNull();
        assertThat(refused.reason()).isEqualTo("not_local");
        assertThat(refused.detail())
                .contains(remote, "switchboard.admin.token", "switchboard.admin.auth=open");
    }

    @Test
    void openIsOpenToPublicAddressesButNotToReboundNames() {
        Access open = access(AdminAuth.OPEN, null);
        assertThat(open.refusal(request("POST", "203.0.113.9", "192.0.2.1:8080"))).isNull();
        assertThat(open.refusal(request("POST", "203.0.113.9", "evil.example"))).isNotNull();
    }

    @Test
    void onlyThisMachineMayLeaveTheHostOut() {
        Access auto = access(AdminAuth.AUTO, null);
        assertThat(auto.refusal(request("GET", "127.0.0.1", null))).isNull();
        assertThat(auto.refusal(request("GET", "0:0:0:0:0:0:0:1", null))).isNull();
        assertThat(auto.refusal(request("GET", "192.168.1.20", null))).isNotNull();
    }

    /** Near or far, with a token set everybody needs it. */
    @Test
    void withATokenNoAddressIsEnough() {
        Access byToken = access(AdminAuth.AUTO, TOKEN);
        MockHttpServletRequest request = request("POST", "127.0.0.1", "localhost");
        assertThat(byToken.refusal(request)).isNotNull();
        request.setRemoteAddr("203.0.113.9");
        request.addHeader("Authorization", "Bearer " + TOKEN);
        assertThat(byToken.refusal(request)).isNull();
    }

    /** A page that was loaded over https may not be spoken for by one that was not. */
    @Test
    void anOriginIsSchemeAndHost() {
        Access auto = access(AdminAuth.AUTO, null);
        MockHttpServletRequest request = request("GET", "127.0.0.1", "localhost:443");
        request.setScheme("https");
        request.addHeader("Origin", "https://localhost");
        assertThat(auto.refusal(request)).isNull();
        request.setScheme("http");
        assertThat(auto.refusal(request)).isNotNull();
    }

    @Test
    void settingsThatCannotBeMeantStopTheStart() {
        assertThatThrownBy(() -> access(AdminAuth.REQUIRED, null))
                .isInstanceOf(AdminFailure.class)
                .hasMessageContaining("auth=required");
        assertThatThrownBy(() -> access(AdminAuth.OPEN, TOKEN))
                .isInstanceOf(AdminFailure.class)
                .hasMessageContaining("protect nothing");
    }

    private static Access access(AdminAuth auth, @Nullable String token) {
        return new Access(
                new AdminProperties(auth, token, null, null, null, List.of()),
                new SingleNode(() -> new Node("0bbbbb", null, "here", null, 0, false)),
                new SimpleMeterRegistry());
    }

    private static MockHttpServletRequest request(
            String method, String remote, @Nullable String host) {
        MockHttpServletRequest request = new MockHttpServletRequest(method, "/peers");
        request.setRemoteAddr(remote);
        if (host != null) {
            request.addHeader("Host", host);
        }
        return request;
    }
}
