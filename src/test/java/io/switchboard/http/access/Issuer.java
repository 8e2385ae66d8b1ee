package io.switchboard.http.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** An issuer of JWTs: an HTTP server with the metadata of OpenID Connect and its public keys. */
final class Issuer implements AutoCloseable {
    static final String AUDIENCE = "switchboard-test";
    private static final int KEY_BITS = 2048;

    private final HttpServer server;
    private final AtomicInteger keys = new AtomicInteger();
    private final AtomicInteger keyRequests = new AtomicInteger();
    private volatile RSAKey key;
    private volatile boolean failing;

    /** Starts it on a port that the kernel chooses. */
    Issuer() {
        try {
            server =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        key = newKey();
        answer(
                "/.well-known/openid-configuration",
                () ->
                        "{\"issuer\":\"%s\",\"jwks_uri\":\"%s/keys\",\"subject_types_supported\":[\"public\"]}"
                                .formatted(uri(), uri()));
        answer(
                "/keys",
                () -> {
                    keyRequests.incrementAndGet();
                    return new JWKSet(key.toPublicJWK()).toString();
                });
        server.start();
    }

    private void answer(String path, Supplier<String> body) {
        server.createContext(
                path,
                exchange -> {
                    try (exchange) {
                        byte[] bytes = body.get().getBytes(UTF_8);
                        exchange.getResponseHeaders().set("Content-Type", "application/json");
                        exchange.sendResponseHeaders(failing ? 503 : 200, bytes.length);
                        exchange.getResponseBody().write(bytes);
                    }
                });
    }

    String uri() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** How often the keys were asked for. */
    int keyRequests() {
        return keyRequests.get();
    }

    /** Answers 503 from now on, or no longer. */
    void fail(boolean fails) {
        failing = fails;
    }

    RSAKey newKey() {
        try {
            return new RSAKeyGenerator(KEY_BITS).keyID("key-" + keys.incrementAndGet()).generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Replaces the key. */
    void rotate() {
        key = newKey();
    }

    RSAKey key() {
        return key;
    }

    /** Returns claims that are valid for an hour. */
    JWTClaimsSet.Builder claims(String subject, String scope) {
        Instant now = Instant.now();
        return new JWTClaimsSet.Builder()
                .issuer(uri())
                .subject(subject)
                .audience(List.of(AUDIENCE))
                .issueTime(Date.from(now.minusSeconds(1)))
                .expirationTime(Date.from(now.plus(Duration.ofHours(1))))
                .claim("scope", scope);
    }

    /** Returns a token with these scopes. */
    String token(String subject, String scope) {
        return sign(claims(subject, scope).build(), key);
    }

    static String sign(JWTClaimsSet claims, RSAKey by) {
        try {
            SignedJWT jwt =
                    new SignedJWT(
                            new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(by.getKeyID()).build(),
                            claims);
            jwt.sign(new RSASSASigner(by));
            return jwt.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns a token with {@code alg} none. */
    static String unsigned(JWTClaimsSet claims) {
        return new PlainJWT(claims).serialize();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
