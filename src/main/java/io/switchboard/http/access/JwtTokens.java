package io.switchboard.http.access;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.switchboard.peer.Reach;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.security.core.Authentication;
import org.springframework.security.oauth2.jwt.BadJwtException;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtDecoderInitializationException;
import org.springframework.security.oauth2.jwt.JwtException;

/**
 * Authenticates by JSON web tokens (RFC 7519) of an issuer. Spring's decoder verifies signature,
 * issuer, audience and times; this class turns the scopes into roles.
 *
 * <p>A token that was verified is not verified again for a minute, because a signature costs more
 * than a send. A decoder may wait for the issuer, also because of a token that anybody has made up.
 * So only some requests verify at a time, one until the issuer has answered for the first time; and
 * after the issuer has failed, none does for a few seconds. Thread-safe.
 */
final class JwtTokens {
    /** Begins the name of each client that has a JWT, and of no token. */
    static final String NAME_PREFIX = "jwt:";

    private static final Logger log = LoggerFactory.getLogger(JwtTokens.class);
    private static final String SCOPE_PREFIX = "switchboard.";
    private static final Duration VERIFIED_FOR = Duration.ofMinutes(1);
    private static final int MAX_VERIFIED = 10_000;
    private static final int MAX_SUBJECT = 128;
    private static final int MAX_VERIFYING = 64;
    private static final long MAX_WAIT_SECONDS = 2;
    private static final long AFTER_FAILURE = TimeUnit.SECONDS.toNanos(5);

    /** The result for one token. */
    sealed interface Result {
        record Verified(Authentication client) implements Result {}

        /** The token is not valid. */
        record Refused() implements Result {}

        /** The issuer does not answer, so that nobody knows whether the token is valid. */
        record Unavailable() implements Result {}
    }

    private record Known(Authentication client, @Nullable Instant expires) {}

    private final JwtDecoder decoder;
    private final Supplier<Instant> clock;
    private final LongSupplier nanoTime;
    private final Semaphore verifying = new Semaphore(1);
    private final AtomicBoolean answered = new AtomicBoolean();

    /** By the digest of the token, so that no token is in memory for longer than its request. */
    private final Cache<String, Known> verified =
            Caffeine.newBuilder().maximumSize(MAX_VERIFIED).expireAfterWrite(VERIFIED_FOR).build();

    private volatile long unavailableUntil;

    JwtTokens(JwtDecoder decoder) {
        this(decoder, Instant::now, System::nanoTime);
    }

    JwtTokens(JwtDecoder decoder, Supplier<Instant> clock, LongSupplier nanoTime) {
        this.decoder = decoder;
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.unavailableUntil = nanoTime.getAsLong();
    }

    /** Returns whether a bearer token has the form of a JWT: three parts in Base64. */
    static boolean isJwt(String token) {
        int first = token.indexOf('.');
        int second = token.indexOf('.', first + 1);
        return first > 0 && second > first + 1 && token.indexOf('.', second + 1) < 0;
    }

    /** Returns the client of a token that was verified within the last minute; null otherwise. */
    @Nullable Authentication known(String token) {
        String digest = digest(token);
        Known found = verified.getIfPresent(digest);
        if (found == null) {
            return null;
        }
        if (found.expires() != null && !clock.get().isBefore(found.expires())) {
            verified.invalidate(digest);
            return null;
        }
        return found.client();
    }

    /** Verifies a token. May block while the issuer is asked for its keys. */
    Result verify(String token) {
        if (unavailableUntil - nanoTime.getAsLong() > 0) {
            return new Result.Unavailable();
        }
        boolean acquired = false;
        try {
            acquired = verifying.tryAcquire(MAX_WAIT_SECONDS, TimeUnit.SECONDS);
            return acquired ? decode(token) : new Result.Unavailable();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Result.Unavailable();
        } finally {
            if (acquired) {
                verifying.release();
            }
        }
    }

    private Result decode(String token) {
        try {
            Jwt jwt = decoder.decode(token);
            answered();
            Authentication client = client(jwt, token).authentication();
            verified.put(digest(token), new Known(client, jwt.getExpiresAt()));
            return new Result.Verified(client);
        } catch (BadJwtException _) {
            answered();
            return new Result.Refused();
        } catch (JwtException | JwtDecoderInitializationException e) {
            unavailableUntil = nanoTime.getAsLong() + AFTER_FAILURE;
            log.warn("JWTs cannot be verified, because their issuer does not answer: {}", cause(e));
            return new Result.Unavailable();
        }
    }

    /** Notes that the issuer has answered, without which no token is found to be valid or not. */
    private void answered() {
        if (answered.compareAndSet(false, true)) {
            verifying.release(MAX_VERIFYING - 1);
        }
    }

    private static String cause(Throwable failure) {
        Throwable cause = failure;
        for (Throwable next = cause; next != null; next = next.getCause()) {
            cause = next;
        }
        return String.valueOf(cause.getMessage());
    }

    private Client client(Jwt jwt, String token) {
        Set<Role> roles = EnumSet.noneOf(Role.class);
        scopes(jwt)
                .filter(each -> each.startsWith(SCOPE_PREFIX))
                .map(each -> each.substring(SCOPE_PREFIX.length()))
                .forEach(word -> Role.of(word).ifPresent(roles::add));
        String subject = jwt.getSubject();
        String name =
                subject == null || subject.isBlank() || subject.length() > MAX_SUBJECT
                        ? digest(token)
                        : subject;
        return new Client(NAME_PREFIX + name, NAME_PREFIX + name, roles, Reach.ALL);
    }

    /**
     * Returns the scopes of a token: words in a text, or the elements of a list. What is no text is
     * no scope: the issuer decides what the claim contains.
     */
    private static Stream<String> scopes(Jwt jwt) {
        Object claim = jwt.getClaim(jwt.hasClaim("scope") ? "scope" : "scp");
        return switch (claim) {
            case String text -> Stream.of(text.split(" ", -1));
            case Collection<?> all ->
                    all.stream()
                            .flatMap(
                                    each ->
                                            each instanceof String text
                                                    ? Stream.of(text)
                                                    : Stream.empty());
            case null, default -> Stream.empty();
        };
    }

    private static String digest(String token) {
        return HexFormat.of().formatHex(Tokens.digest(token));
    }
}
