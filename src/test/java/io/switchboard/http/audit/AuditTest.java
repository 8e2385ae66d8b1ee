package io.switchboard.http.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.switchboard.delivery.Target;
import jakarta.servlet.FilterChain;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.web.servlet.HandlerMapping;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class AuditTest {
    private final Audit audit = new Audit();

    @AfterEach
    void clearContext() {
        SecurityContextHolder.clearContext();
    }

    private static MockHttpServletRequest request(String method, String path) {
        MockHttpServletRequest request = new MockHttpServletRequest(method, path);
        request.setServletPath(path);
        request.setRemoteAddr("192.0.2.7");
        return request;
    }

    private static void authenticate(String name) {
        SecurityContextHolder.setContext(
                new SecurityContextImpl(new TestingAuthenticationToken(name, "")));
    }

    @Test
    void logsWhoChangedWhatFromWhereAndTheOutcome() throws Exception {
        try (AuditLog log = new AuditLog()) {
            FilterChain chain =
                    (request, _) -> {
                        authenticate("ops");
                        request.setAttribute(
                                HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE, "/peers/{peer}");
                        request.setAttribute(
                                HandlerMapping.URI_TEMPLATE_VARIABLES_ATTRIBUTE,
                                Map.of("peer", "plc7"));
                    };
            audit.doFilter(request("DELETE", "/peers/plc7"), new MockHttpServletResponse(), chain);
            JsonNode line = log.only();
            assertThat(Instant.parse(line.get("at").asString()))
                    .isBetween(Instant.now().minusSeconds(60), Instant.now());
            assertThat(line.toString())
                    .endsWith(
                            ",\"who\":\"ops\",\"from\":\"192.0.2.7\",\"what\":\"DELETE /peers/{peer}\",\"targets\":[\"plc7\"],\"status\":200}");
        }
    }

    @Test
    void logsTargetsAndDeliveryOfASend() throws Exception {
        try (AuditLog log = new AuditLog()) {
            MockHttpServletRequest request = request("POST", "/send");
            audit.doFilter(
                    request,
                    new MockHttpServletResponse(),
                    (_, _) -> {
                        Audit.targets(
                                request, List.of(Target.parse("group:east"), Target.parse("plc7")));
                        Audit.delivery(request, List.of("d1"));
                    });
            assertThat(log.only().toString())
                    .endsWith(
                            ",\"who\":\"anonymous\",\"from\":\"192.0.2.7\",\"what\":\"POST /send\",\"targets\":[\"group:east\",\"plc7\"],\"status\":200,\"delivery\":\"d1\"}");
        }
    }

    @Test
    void logsALineForEachMessageOfABatchAndNoneForTheBatch() throws Exception {
        try (AuditLog log = new AuditLog()) {
            MockHttpServletRequest request = request("POST", "/send");
            audit.doFilter(
                    request,
                    new MockHttpServletResponse(),
                    (_, _) -> {
                        Audit.line(request, List.of(Target.parse("a")), 200, null, List.of("d1"));
                        Audit.line(request, List.of(Target.parse("b")), 404, "unknown", List.of());
                    });
            assertThat(log.lines()).hasSize(2);
            assertThat(log.lines().get(0))
                    .endsWith("\"targets\":[\"a\"],\"status\":200,\"delivery\":\"d1\"}");
            assertThat(log.lines().get(1))
                    .endsWith("\"targets\":[\"b\"],\"status\":404,\"reason\":\"unknown\"}");
        }
    }

    @Test
    void logsAnExceptionAsServerError() {
        try (AuditLog log = new AuditLog()) {
            assertThatThrownBy(
                            () ->
                                    audit.doFilter(
                                            request("POST", "/send"),
                                            new MockHttpServletResponse(),
                                            (_, _) -> {
                                                throw new IllegalStateException("x");
                                            }))
                    .isInstanceOf(IllegalStateException.class);
            assertThat(log.only().get("status").asInt()).isEqualTo(500);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET /peers", "HEAD /peers", "OPTIONS /send", "POST /framings/try"})
    void logsNothingThatChangesNothing(String methodAndPath) throws Exception {
        try (AuditLog log = new AuditLog()) {
            List<String> parts = List.of(methodAndPath.split(" ", -1));
            audit.doFilter(
                    request(parts.get(0), parts.get(1)),
                    new MockHttpServletResponse(),
                    (_, response) -> ((HttpServletResponse) response).setStatus(200));
            assertThat(log.lines()).isEmpty();
        }
    }

    /** A client chooses its target; no character of it may begin a line or control a terminal. */
    @Test
    void escapesHostileValuesAndBoundsThem() {
        String hostile = "\"},{\n\r\u001b[2J\u007f\u0085\u2028\u202e\ud800" + "x".repeat(1_000);
        String json =
                new AuditLine(
                                "who" + hostile,
                                "from",
                                "POST /" + hostile,
                                Collections.nCopies(25, hostile),
                                200,
                                hostile,
                                List.of())
                        .json(Instant.EPOCH);
        assertThat(json).matches("[ -~]+");
        JsonNode line = JsonMapper.shared().readTree(json);
        assertThat(line.get("who").asString()).hasSize(259).startsWith("who\"},{\n\r");
        assertThat(line.get("targets").size()).isEqualTo(20);
        assertThat(line.get("targetsOmitted").asInt()).isEqualTo(5);
        assertThat(json).hasSizeLessThan(20_000);
    }
}
