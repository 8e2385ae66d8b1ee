package io.switchboard.http.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;

class CorsTest {
    private static final String APP = "https://app.example";

    private final AtomicInteger passed = new AtomicInteger();

    static Cors cors(String... origins) {
        return new Cors(new CorsProperties(List.of(origins)));
    }

    private MockHttpServletResponse send(Cors cors, String method, String... headersAndValues)
            throws Exception {
        MockHttpServletRequest request = new MockHttpServletRequest(method, "/send");
        request.addHeader("Host", "localhost");
        for (int at = 0; at < headersAndValues.length; at += 2) {
            request.addHeader(headersAndValues[at], headersAndValues[at + 1]);
        }
        MockHttpServletResponse response = new MockHttpServletResponse();
        new CrossOriginFilter(_ -> false, cors, (_, refused, _) -> refused.setStatus(403))
                .doFilter(request, response, (_, _) -> passed.incrementAndGet());
        return response;
    }

    @Test
    void answersAPreflightWithoutAToken() throws Exception {
        MockHttpServletResponse response =
                send(
                        cors(APP),
                        "OPTIONS",
                        "Origin",
                        APP,
                        "Access-Control-Request-Method",
                        "PATCH",
                        "Access-Control-Request-Headers",
                        "authorization, content-type, x-unknown");
        assertThat(response.getStatus()).isEqualTo(200);
        assertThat(response.getHeader("Access-Control-Allow-Origin")).isEqualTo(APP);
        assertThat(response.getHeader("Access-Control-Allow-Methods")).contains("PATCH");
        assertThat(response.getHeader("Access-Control-Allow-Headers"))
                .isEqualTo("authorization, content-type");
        assertThat(response.getHeader("Access-Control-Max-Age")).isEqualTo("600");
        assertThat(response.getHeader("Access-Control-Allow-Credentials")).isNull();
        assertThat(passed).hasValue(0);
    }

    @Test
    void passesARequestOfAnAllowedOrigin() throws Exception {
        MockHttpServletResponse response =
                send(
                        cors("http://other", APP),
                        "POST",
                        "Origin",
                        APP,
                        "Sec-Fetch-Site",
                        "cross-site");
        assertThat(passed).hasValue(1);
        assertThat(response.getHeader("Access-Control-Allow-Origin")).isEqualTo(APP);
        assertThat(response.getHeaders("Vary")).contains("Origin");
        assertThat(response.getHeader("Access-Control-Expose-Headers"))
                .isEqualTo("Location, Retry-After, WWW-Authenticate");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://evil.example",
                "https://app.example.evil.example",
                "https://APP.example",
                "http://app.example",
                "https://app.example:8443",
                "null",
                ""
            })
    void refusesAllOtherOrigins(String origin) throws Exception {
        for (String method : List.of("GET", "POST", "OPTIONS")) {
            MockHttpServletResponse response =
                    send(
                            cors(APP),
                            method,
                            "Origin",
                            origin,
                            "Access-Control-Request-Method",
                            "POST");
            assertThat(response.getStatus()).isEqualTo(403);
            assertThat(response.getHeader("Access-Control-Allow-Origin")).isNull();
            assertThat(response.getHeaders("Vary")).contains("Origin");
        }
        assertThat(passed).hasValue(0);
    }

    @Test
    void refusesACrossSiteRequestWithoutOrigin() throws Exception {
        assertThat(send(cors(APP), "GET", "Sec-Fetch-Site", "cross-site").getStatus())
                .isEqualTo(403);
        assertThat(send(cors(APP), "GET").getHeaders("Vary")).containsExactly("Origin");
        assertThat(passed).hasValue(1);
    }

    @Test
    void setsNoHeaderWithoutTheSetting() throws Exception {
        MockHttpServletResponse response = send(cors(), "GET");
        assertThat(response.getHeaderNames()).isEmpty();
        assertThat(send(cors(), "POST", "Origin", APP).getStatus()).isEqualTo(403);
    }

    @ParameterizedTest
    @CsvSource({
        "*, a wildcard",
        "https://*.example, a wildcard",
        "https://app.example/, an origin has only a scheme",
        "https://app.example/page, an origin has only a scheme",
        "https://user@app.example, an origin has only a scheme",
        "app.example, it has no scheme or no host",
        "null, it has no scheme or no host",
        "https://App.example, browsers send an origin in lower case",
        "https://app.example:443, browsers leave out the default port",
        "http://app.example:80, browsers leave out the default port",
        "'https://a b', it is not an origin"
    })
    void refusesAValueThatIsNoOriginAndNamesIt(String origin, String fault) {
        assertThatThrownBy(() -> cors(APP, origin))
                .isInstanceOf(AdminProperties.AdminFailure.class)
                .hasMessageStartingWith("switchboard.admin.allowed-origins=" + origin + ": ")
                .hasMessageContaining(fault);
    }
}
