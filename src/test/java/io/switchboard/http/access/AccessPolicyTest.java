package io.switchboard.http.access;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.switchboard.cluster.Cluster.SingleNode;
import io.switchboard.cluster.Node;
import io.switchboard.http.access.AdminProperties.AdminFailure;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.Reach;
import io.switchboard.testkit.LoggedWarnings;
import jakarta.servlet.ServletException;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.mock.env.MockEnvironment;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.web.servlet.ModelAndView;

/**
 * The lean chain with client addresses that no integration test can use. AdminAccessIT and
 * AdminTokenIT test both chains over HTTP.
 */
class AccessPolicyTest {
    private static final String TOKEN = "0123456789abcdef";
    private static final String READ_TOKEN = "fedcba9876543210";

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    /** Behind Docker's proxy or masquerading, every client has the address of the bridge. */
    @ParameterizedTest
    @CsvSource({
        "172.17.0.1, localhost:8080",
        "10.88.0.1, localhost:8080",
        "192.168.65.1, 127.0.0.1:8080",
        "fd00:0:0:0:0:0:0:1, [::1]:8080",
        "192.168.1.20, myserver:8080"
    })
    void acceptsCurlThroughAPublishedPort(String remote, String host) throws Exception {
        AccessPolicy auto = policy(AdminProperties.Auth.AUTO, null);
        assertThat(refusal(auto, request("POST", remote, host))).isNull();
    }

    @ParameterizedTest
    @CsvSource({"203.0.113.9, localhost", "2001:db8:0:0:0:0:0:9, [2001:db8::1]"})
    void refusesAPublicAddressAndNamesTheSettingsThatAllowIt(String remote, String host)
            throws Exception {
        AccessPolicy auto = policy(AdminProperties.Auth.AUTO, null);
        AccessRefusedException refused = refusal(auto, request("GET", remote, host));
        assertThat(refused).isNotNull();
        assertThat(refused.reason()).isEqualTo("not_local");
        assertThat(refused)
                .hasMessageContainingAll(
                        remote, "switchboard.admin.token", "switchboard.admin.auth=open");
    }

    @Test
    void openAcceptsPublicAddressesButNotReboundNames() throws Exception {
        AccessPolicy open = policy(AdminProperties.Auth.OPEN, null);
        assertThat(refusal(open, request("POST", "203.0.113.9", "192.0.2.1:8080"))).isNull();
        assertThat(refusal(open, request("POST", "203.0.113.9", "evil.example"))).isNotNull();
    }

    @Test
    void onlyThisMachineMayOmitTheHostHeader() throws Exception {
        AccessPolicy auto = policy(AdminProperties.Auth.AUTO, null);
        assertThat(refusal(auto, request("GET", "127.0.0.1", null))).isNull();
        assertThat(refusal(auto, request("GET", "0:0:0:0:0:0:0:1", null))).isNull();
        assertThat(refusal(auto, request("GET", "192.168.1.20", null))).isNotNull();
    }

    /** If a token is set, every address needs it. */
    @Test
    void requiresTheTokenFromEveryAddress() throws Exception {
        AccessPolicy byToken = policy(AdminProperties.Auth.AUTO, TOKEN);
        MockHttpServletRequest request = request("POST", "127.0.0.1", "localhost");
        assertThat(refusal(byToken, request)).isNotNull();
        request.setRemoteAddr("203.0.113.9");
        request.addHeader("Authorization", "Bearer " + TOKEN);
        assertThat(refusal(byToken, request)).isNull();
    }

    /** A page that was loaded over http is of another origin than the same page over https. */
    @Test
    void anOriginIncludesTheScheme() throws Exception {
        AccessPolicy auto = policy(AdminProperties.Auth.AUTO, null);
        MockHttpServletRequest request = request("GET", "127.0.0.1", "localhost:443");
        request.setScheme("https");
        request.addHeader("Origin", "https://localhost");
        assertThat(refusal(auto, request)).isNull();
        request.setScheme("http");
        assertThat(refusal(auto, request)).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "get"})
    void theReadTokenAllowsOnlyGetAndHead(String method) throws Exception {
        AccessPolicy byToken = policy(AdminProperties.Auth.AUTO, TOKEN);
        MockHttpServletRequest request = request(method, "127.0.0.1", "localhost");
        request.addHeader("Authorization", "Bearer " + READ_TOKEN);
        AccessRefusedException refused = refusal(byToken, request);
        if (method.equals("GET") || method.equals("HEAD")) {
            assertThat(refused).isNull();
        } else {
            assertThat(refused).isNotNull();
            assertThat(refused.reason()).isEqualTo("forbidden_role");
            assertThat(refused).hasMessageStartingWith(method + " needs the role send");
        }
    }

    /** Whatever the spelling, the path is the one that Spring MVC finds. */
    @ParameterizedTest
    @CsvSource({
        "POST, /listeners, manage",
        "PATCH, /listeners/a, manage",
        "DELETE, /listeners;x=y/a, manage",
        "DELETE, /%6cisteners/a, manage",
        "POST, /actuator/reload, manage",
        "POST, /actuator;x/reload, manage",
        "GET, /listeners, read",
        "GET, /actuator/prometheus, read",
        "POST, /peers/listeners, send",
        "POST, /framings/try, send"
    })
    void changesOfTheServiceNeedTheRoleManage(String method, String path, String role) {
        AccessPolicy policy = policy(AdminProperties.Auth.AUTO, TOKEN);
        MockHttpServletRequest request = new MockHttpServletRequest(method, path);
        for (Role each : Role.values()) {
            Client client = new Client("some", "some", Set.of(each), Reach.ALL);
            assertThat(granted(policy, client, request)).isEqualTo(each.word().equals(role));
        }
        Client small =
                new Client(
                        "some",
                        "some",
                        EnumSet.allOf(Role.class),
                        new Reach(Set.of(), Set.of("a")));
        boolean concernsAll = role.equals("manage") || path.startsWith("/actuator");
        assertThat(granted(policy, small, request)).isNotEqualTo(concernsAll);
    }

    private static boolean granted(
            AccessPolicy policy, Client client, MockHttpServletRequest request) {
        return policy.authorizeByPath(client::authentication, request).isGranted();
    }

    /** So a page of another origin cannot exhaust the rate limit of its visitor's address. */
    @Test
    void wrongTokensFromPagesOfOtherOriginsAreNotFailures() throws Exception {
        AccessPolicy byToken = policy(AdminProperties.Auth.AUTO, TOKEN);
        for (int guess = 0; guess < 2 * FailureRateLimiter.LIMIT; guess++) {
            MockHttpServletRequest foreign = request("GET", "127.0.0.1", "localhost");
            foreign.addHeader("Authorization", "Bearer " + READ_TOKEN + guess);
            foreign.addHeader("Origin", "https://evil.example");
            AccessRefusedException refused = refusal(byToken, foreign);
            assertThat(refused).isNotNull();
            assertThat(refused.reason()).isEqualTo("cross_origin");
        }
        MockHttpServletRequest wrong = request("GET", "127.0.0.1", "localhost");
        wrong.addHeader("Authorization", "Bearer " + READ_TOKEN + "x");
        AccessRefusedException refused = refusal(byToken, wrong);
        assertThat(refused).isNotNull();
        assertThat(refused.reason()).isEqualTo("bad_token");
        assertThat(
                        meters.get("switchboard.refused.requests")
                                .tag("reason", "cross_origin")
                                .counter()
                                .count())
                .isEqualTo(2 * FailureRateLimiter.LIMIT);
    }

    @Test
    void contradictorySettingsStopTheStart() {
        assertThatThrownBy(() -> policy(AdminProperties.Auth.REQUIRED, null))
                .isInstanceOf(AdminFailure.class)
                .hasMessageContaining("auth=required");
        assertThatThrownBy(() -> policy(AdminProperties.Auth.OPEN, TOKEN))
                .isInstanceOf(AdminFailure.class)
                .hasMessageContaining("protect nothing");
    }

    /** Otherwise the role and the reach that the paths need would not be asked for. */
    @ParameterizedTest
    @CsvSource({
        "management.endpoints.web.base-path, /manage",
        "management.endpoints.web.base-path, /",
        "management.server.base-path, /internal",
        "spring.mvc.servlet.path, /api"
    })
    void refusesSettingsThatMoveThePathsOfItsRules(String key, String value) {
        MockEnvironment environment =
                new MockEnvironment()
                        .withProperty("management.endpoints.web.base-path", "/actuator")
                        .withProperty("management.server.base-path", "")
                        .withProperty("server.servlet.context-path", "/all");
        AccessPolicy.checkPaths(environment);
        environment.setProperty(key, value);
        assertThatThrownBy(() -> AccessPolicy.checkPaths(environment))
                .isInstanceOf(AdminFailure.class)
                .hasMessageContaining(key + "=" + value);
    }

    /** For example a template whose value is missing. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "'groups:'; groups",
                "'groups: []'; groups",
                "'groups: \"\"'; groups",
                "'listeners: ${MISSING:}'; listeners",
                "'groups: east';",
                "'roles: read';"
            })
    void warnsOfAReachThatIsEmpty(String line, @Nullable String key) throws IOException {
        String yaml = "switchboard.admin.tokens.small: {token: %s, roles: read}\n".formatted(TOKEN);
        yaml += "switchboard.admin.tokens.small." + line;
        PropertySource<?> source =
                new YamlPropertySourceLoader()
                        .load("test", new ByteArrayResource(yaml.getBytes(UTF_8)))
                        .getFirst();
        MockEnvironment environment = new MockEnvironment();
        environment.getPropertySources().addLast(source);
        AdminProperties bound =
                Binder.get(environment).bind("switchboard.admin", AdminProperties.class).get();
        AccessPolicy policy = policy(bound);
        try (LoggedWarnings warnings = new LoggedWarnings()) {
            policy.ready();
            assertThat(warnings.lines().stream().filter(each -> each.contains(" is empty")))
                    .hasSize(key == null ? 0 : 1)
                    .allMatch(
                            each ->
                                    each.contains(
                                            "switchboard.admin.tokens.small." + key + " is empty"));
        }
    }

    private static AccessPolicy policy(AdminProperties.Auth auth, @Nullable String token) {
        String readToken = token == null ? null : READ_TOKEN;
        return policy(new AdminProperties(auth, token, null, readToken, null, Map.of(), List.of()));
    }

    private static AccessPolicy policy(AdminProperties properties) {
        return new AccessPolicy(
                properties,
                new SingleNode(() -> new Node("0bbbbb", null, "here", null, 0, false)),
                PeerFixtures.listeners(),
                (JwtDecoder) null);
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

    /** Returns why the chain refuses the request; null if the request reaches the servlet. */
    private @Nullable AccessRefusedException refusal(
            AccessPolicy policy, MockHttpServletRequest request)
            throws ServletException, IOException {
        AtomicReference<@Nullable AccessRefusedException> refused = new AtomicReference<>();
        AtomicInteger reached = new AtomicInteger();
        AccessRefusalHandler refusal =
                new AccessRefusalHandler(
                        meters,
                        (_, _, _, e) -> {
                            refused.set((AccessRefusedException) e);
                            return new ModelAndView();
                        });
        SecurityConfiguration.leanChain(policy, CorsTest.cors(), refusal)
                .doFilter(
                        request,
                        new MockHttpServletResponse(),
                        (_, _) -> reached.incrementAndGet());
        assertThat(reached).hasValue(refused.get() == null ? 1 : 0);
        assertThat(SecurityContextHolder.getContext().getAuthentication()).isNull();
        return refused.get();
    }
}
