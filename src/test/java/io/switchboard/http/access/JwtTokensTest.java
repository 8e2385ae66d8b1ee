package io.switchboard.http.access;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.security.core.Authentication;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtException;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;

/** What does not need an issuer; JwtIT has one. */
class JwtTokensTest {
    private static final String TOKEN = "head.claims.signature";

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
    private final AtomicLong nanos = new AtomicLong();
    private final AtomicInteger decoded = new AtomicInteger();
    private boolean failing;

    private final JwtTokens tokens =
            new JwtTokens(
                    token -> {
                        decoded.incrementAndGet();
                        if (failing) {
                            throw new JwtException("no answer");
                        }
                        return Jwt.withTokenValue(token)
                                .header("alg", "RS256")
                                .subject("ann")
                                .claim("scope", "switchboard.read switchboard.fly openid")
                                .issuedAt(now.get().minusSeconds(1))
                                .expiresAt(now.get().plusSeconds(30))
                                .build();
                    },
                    now::get,
                    nanos::get);

    @Test
    void aVerifiedTokenIsKnownUntilItExpires() {
        assertThat(tokens.known(TOKEN)).isNull();
        assertThat(tokens.verify(TOKEN)).isInstanceOf(JwtTokens.Result.Verified.class);
        assertThat(tokens.known(TOKEN)).isNotNull();
        assertThat(tokens.known(TOKEN + "x")).isNull();
        now.set(now.get().plusSeconds(30));
        assertThat(tokens.known(TOKEN)).isNull();
    }

    @Test
    void hasTheRolesOfItsScopes() {
        assertThat(tokens.verify(TOKEN))
                .isInstanceOfSatisfying(
                        JwtTokens.Result.Verified.class,
                        verified ->
                                assertThat(verified.client().getPrincipal())
                                        .isInstanceOfSatisfying(
                                                Client.class,
                                                client -> {
                                                    assertThat(client.name()).isEqualTo("jwt:ann");
                                                    assertThat(client.roles())
                                                            .containsExactly(Role.READ);
                                                    assertThat(client.reach().includesAll())
                                                            .isTrue();
                                                }));
    }

    /** A claim of another type than usual makes the token useless, or not valid; never a fault. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"scope\": \"switchboard.read\" | READ",
                "\"scope\": [\"switchboard.read\", \"switchboard.send\"] | READ SEND",
                "\"scp\": [\"switchboard.read\"] | READ",
                "\"scope\": [1, null, {\"a\": 1}, [\"x\"], true, \"switchboard.read\"] | READ",
                "\"scope\": [[\"switchboard.read\"]] | none",
                "\"scope\": {\"switchboard.read\": true} | none",
                "\"scope\": 17 | none",
                "\"scope\": null | none",
                "\"scope\": null, \"scp\": \"switchboard.read\" | none",
                "\"scope\": \"\" | none",
                "\"scope\": \"switchboard. switchboard.READ\" | none",
                "\"scope\": \"switchboard.read\", \"sub\": {\"a\": 1} | refused",
                "\"scope\": \"switchboard.read\", \"sub\": [1] | refused",
                "\"scope\": \"switchboard.read\", \"sub\": null | READ",
                "\"scope\": \"switchboard.read\", \"exp\": \"soon\" | refused",
                "\"scope\": \"switchboard.read\", \"exp\": {} | refused",
                "\"scope\": \"switchboard.read\", \"nbf\": [] | refused",
                "\"scope\": \"switchboard.read\", \"aud\": {} | refused",
                "\"scope\": \"switchboard.read\", \"iss\": 7 | refused",
                "\"scope\": \"switchboard.read\", | refused"
            })
    void aMalformedClaimIsNoFault(String claims, String expected) throws Exception {
        RSAKey key = new RSAKeyGenerator(2048).generate();
        JWSObject jwt =
                new JWSObject(new JWSHeader(JWSAlgorithm.RS256), new Payload("{" + claims + "}"));
        jwt.sign(new RSASSASigner(key));
        JwtTokens real =
                new JwtTokens(NimbusJwtDecoder.withPublicKey(key.toRSAPublicKey()).build());
        String found =
                switch (real.verify(jwt.serialize())) {
                    case JwtTokens.Result.Verified(Authentication client) ->
                            client.getPrincipal() instanceof Client(var _, var _, var roles, var _)
                                            && !roles.isEmpty()
                                    ? roles.stream().map(Role::name).collect(joining(" "))
                                    : "none";
                    case JwtTokens.Result.Refused _ -> "refused";
                    case JwtTokens.Result.Unavailable _ -> "unavailable";
                };
        assertThat(found).isEqualTo(expected);
    }

    /** So that a crowd of requests does not wait for an issuer that does not answer. */
    @Test
    void asksNoIssuerForSomeSecondsAfterItHasFailed() {
        failing = true;
        assertThat(tokens.verify(TOKEN)).isInstanceOf(JwtTokens.Result.Unavailable.class);
        failing = false;
        assertThat(tokens.verify(TOKEN)).isInstanceOf(JwtTokens.Result.Unavailable.class);
        assertThat(decoded).hasValue(1);
        nanos.addAndGet(Duration.ofSeconds(5).toNanos());
        assertThat(tokens.verify(TOKEN)).isInstanceOf(JwtTokens.Result.Verified.class);
    }

    @ParameterizedTest
    @CsvSource({
        "a.b.c, true",
        "a.b., true",
        "a.b, false",
        ".b.c, false",
        "a..c, false",
        "a.b.c.d, false",
        "named, false"
    })
    void aJwtHasThreeParts(String token, boolean expected) {
        assertThat(JwtTokens.isJwt(token)).isEqualTo(expected);
    }
}
