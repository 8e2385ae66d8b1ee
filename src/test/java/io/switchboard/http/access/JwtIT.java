package io.switchboard.http.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.nimbusds.jwt.JWTClaimsSet;
import io.switchboard.testkit.RawHttp;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestPropertySource;

/** JWTs of an issuer that runs in this test, beside a named token, on both filter chains. */
@WithService
@DirtiesContext // it knows the keys of its issuer from then on
@TestPropertySource(
        properties = {
            "switchboard.admin.auth=required",
            "switchboard.admin.tokens.ci.token=" + JwtIT.NAMED,
            "switchboard.admin.tokens.ci.roles=read"
        })
class JwtIT {
    static final String NAMED = "named-0123456789.abcdef.ghi";
    private static final Issuer ISSUER = new Issuer();

    @Autowired private RunningService service;
    private RawHttp http;

    @DynamicPropertySource
    static void issuer(DynamicPropertyRegistry properties) {
        ISSUER.fail(true); // not reachable during the start
        String prefix = "spring.security.oauth2.resourceserver.jwt.";
        properties.add(prefix + "issuer-uri", ISSUER::uri);
        properties.add(prefix + "audiences", () -> Issuer.AUDIENCE);
    }

    @BeforeEach
    void createClient() {
        http = new RawHttp(service.api().port());
    }

    private int status(String method, String path, String token) throws IOException {
        String header = "Authorization: Bearer " + token;
        return method.equals("POST")
                ? http.post(path, "hello", header).status()
                : http.headOf(path, header).status();
    }

    /** One test, because it is about the order of events. */
    @Test
    void acceptsTheTokensOfTheIssuerOnBothChains() throws IOException {
        String all = ISSUER.token("ann", "openid switchboard.read switchboard.send");
        RawHttp.Answer early = http.ask("GET", "/peers", "Authorization: Bearer " + all);
        assertThat(early.status()).as("while the issuer does not answer").isEqualTo(503);
        assertThat(early.body()).contains("issuer_unavailable");
        assertThat(early.header("Retry-After")).isNotEmpty();
        assertThat(status("GET", "/peers", NAMED)).isEqualTo(200);
        assertThat(http.ask("GET", "/actuator/health").status()).isEqualTo(200);

        ISSUER.fail(false);
        await().untilAsserted(() -> assertThat(status("GET", "/peers", all)).isEqualTo(200));
        int keyRequests = ISSUER.keyRequests();
        assertThat(status("GET", "/events", all)).isEqualTo(200);
        assertThat(status("POST", "/send?to=all", all)).isEqualTo(200);
        assertThat(ISSUER.keyRequests()).isEqualTo(keyRequests);

        String reader = ISSUER.token("bob", "switchboard.read");
        assertThat(status("GET", "/events", reader)).isEqualTo(200);
        assertThat(status("GET", "/actuator/prometheus", reader)).isEqualTo(200);
        RawHttp.Answer refused =
                http.post("/send?to=all", "hello", "Authorization: Bearer " + reader);
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.body())
                .contains("forbidden_role", "needs the role send", "'jwt:bob' has read");
        String sender = ISSUER.token("cy", "switchboard.send");
        assertThat(status("POST", "/send?to=all", sender)).isEqualTo(200);
        assertThat(status("GET", "/peers", sender)).isEqualTo(403);
        assertThat(status("GET", "/events", sender)).isEqualTo(403);
        assertThat(status("GET", "/peers", ISSUER.token("dan", "openid"))).isEqualTo(403);
        assertThat(status("POST", "/send?to=all", NAMED)).isEqualTo(403);

        String before = ISSUER.token("eve", "switchboard.read");
        ISSUER.rotate();
        String after = ISSUER.token("eve", "switchboard.read");
        assertThat(status("GET", "/peers", after)).as("with the new key").isEqualTo(200);
        assertThat(status("GET", "/events", before)).as("with the old key").isEqualTo(401);

        List<String> wrong = new ArrayList<>();
        JWTClaimsSet.Builder claims = ISSUER.claims("mallory", "switchboard.read");
        wrong.add(Issuer.unsigned(claims.build()));
        wrong.add(Issuer.sign(claims.build(), ISSUER.newKey()));
        wrong.add(forged(ISSUER.token("mallory", "switchboard.read")));
        wrong.add(
                Issuer.sign(
                        ISSUER.claims("m", "switchboard.read").audience("other").build(),
                        ISSUER.key()));
        wrong.add(
                Issuer.sign(
                        ISSUER.claims("m", "switchboard.read").audience((String) null).build(),
                        ISSUER.key()));
        wrong.add(
                Issuer.sign(
                        ISSUER.claims("m", "switchboard.read").issuer("http://other").build(),
                        ISSUER.key()));
        wrong.add(
                Issuer.sign(
                        ISSUER.claims("m", "switchboard.read")
                                .expirationTime(Date.from(Instant.now().minusSeconds(3_600)))
                                .build(),
                        ISSUER.key()));
        wrong.add("not.a.token");
        for (String token : wrong) {
            RawHttp.Answer answer = http.ask("GET", "/peers", "Authorization: Bearer " + token);
            assertThat(answer.status()).as(token).isEqualTo(401);
            assertThat(answer.body()).contains("bad_token").doesNotContain(token);
        }
        // with the old key before, nine wrong tokens have come from this address
        assertThat(status("GET", "/peers", NAMED.replace('n', 'm'))).isEqualTo(401);
        assertThat(status("GET", "/peers", "not.another.token")).isEqualTo(429);
        assertThat(status("GET", "/peers", after)).as("known already").isEqualTo(200);
    }

    /** Keeps the signature and changes the claims. */
    private static String forged(String token) {
        String[] parts = token.split("\\.", -1);
        String claims =
                ISSUER.claims("mallory", "switchboard.manage")
                        .build()
                        .toPayload()
                        .toBase64URL()
                        .toString();
        return parts[0] + "." + claims + "." + parts[2];
    }
}
