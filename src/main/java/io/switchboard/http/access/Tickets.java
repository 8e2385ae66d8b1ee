package io.switchboard.http.access;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.switchboard.http.problem.ApiProblem;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import java.util.function.Predicate;
import java.util.function.Supplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;

/**
 * Issues and redeems tickets: an {@code EventSource} in a browser cannot send a header, so it puts
 * a ticket into the URL, which is valid for {@link #VALIDITY} and once on each node.
 *
 * <p>A ticket is the encoding of a {@link Ticket} and its HMAC-SHA256. The key is derived from the
 * configured tokens, so that every node with the same tokens redeems it, and a ticket ends when
 * they change, or the reach or the roles of its client. Without tokens the key is random, and only
 * this process redeems it. Thread-safe.
 */
final class Tickets {
    static final Duration VALIDITY = Duration.ofSeconds(30);

    private static final String ALGORITHM = "HmacSHA256";
    private static final byte[] PURPOSE = "switchboard ticket".getBytes(US_ASCII);
    private static final int MAC_LENGTH = 32;
    private static final int MAX_LENGTH = 4 * 1024;
    private static final String RETRY_AFTER_SECONDS = "10";

    private final SecureRandom random = new SecureRandom();
    private final byte[] randomSecret = new byte[MAC_LENGTH];
    private final Supplier<byte @Nullable []> secret;
    private final Predicate<Client> current;
    private final InstantSource clock;

    private final UsedTickets used = new UsedTickets(UsedTickets.MAX, System.nanoTime());

    /**
     * @param secret returns what all nodes have in common and no client knows; null if there is
     *     nothing
     * @param current whether a client may still read, and has the same reach as when it got a
     *     ticket
     */
    Tickets(Supplier<byte @Nullable []> secret, Predicate<Client> current, InstantSource clock) {
        this.secret = secret;
        this.current = current;
        this.clock = clock;
        random.nextBytes(randomSecret);
    }

    /**
     * An issued ticket.
     *
     * @param ticket the value of the parameter {@code ticket} of {@code GET /events}
     */
    record Issued(String ticket, Instant expiresAt) {}

    /**
     * Issues a ticket with the reach of a client.
     *
     * @throws ApiProblem 403 if the reach has so many names that nobody could redeem the ticket
     */
    Issued issue(Client client) {
        Instant expires = clock.instant().plus(VALIDITY);
        byte[] content =
                new Ticket(random.nextLong(), expires, client.name(), client.reach()).encode();
        byte[] signed = Arrays.copyOf(content, content.length + MAC_LENGTH);
        System.arraycopy(mac(content), 0, signed, content.length, MAC_LENGTH);
        String text = Base64.getUrlEncoder().withoutPadding().encodeToString(signed);
        if (text.length() > MAX_LENGTH) {
            throw new ApiProblem(
                    HttpStatus.FORBIDDEN,
                    "forbidden_reach",
                    "the %d groups and %d listeners of '%s' make a ticket of %,d characters, and %,d is the most: use a token with fewer or shorter names, or send the token in the header Authorization"
                            .formatted(
                                    client.reach().groups().size(),
                                    client.reach().listeners().size(),
                                    client.name(),
                                    text.length(),
                                    MAX_LENGTH));
        }
        return new Issued(text, expires);
    }

    /**
     * Returns the client to whom the ticket was issued.
     *
     * @throws AccessRefusedException 401 if the ticket is not valid, has expired or was used; 429
     *     if too many were used
     */
    Client redeem(String text) {
        Ticket ticket = verified(text);
        if (ticket == null || !current.test(ticket.client())) {
            throw refused(
                    "bad_ticket",
                    "this is not a ticket of this service, or its tokens have changed");
        }
        if (!ticket.expires().isAfter(clock.instant())) {
            throw refused(
                    "ticket_expired",
                    "the ticket has expired: one is valid for " + VALIDITY.toSeconds() + " s");
        }
        return switch (used.add(ticket.number(), System.nanoTime())) {
            case ADDED -> ticket.client();
            case USED ->
                    throw refused(
                            "ticket_used", "the ticket was used: each opens one event stream");
            case FULL ->
                    throw new AccessRefusedException(
                                    HttpStatus.TOO_MANY_REQUESTS,
                                    "too_many_tickets",
                                    "%d tickets were used within %d s, which is the most: try again later, or send the token in the header Authorization"
                                            .formatted(
                                                    UsedTickets.MAX, UsedTickets.KEPT.toSeconds()))
                            .with(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
        };
    }

    private static AccessRefusedException refused(String reason, String fault) {
        return new AccessRefusedException(
                        HttpStatus.UNAUTHORIZED,
                        reason,
                        fault + "; POST /tickets returns another one")
                .with(HttpHeaders.WWW_AUTHENTICATE, "Bearer realm=\"switchboard\"");
    }

    private @Nullable Ticket verified(String text) {
        if (text.length() > MAX_LENGTH) {
            return null;
        }
        try {
            byte[] signed = Base64.getUrlDecoder().decode(text);
            if (signed.length <= MAC_LENGTH) {
                return null;
            }
            byte[] content = Arrays.copyOf(signed, signed.length - MAC_LENGTH);
            byte[] mac = Arrays.copyOfRange(signed, content.length, signed.length);
            return MessageDigest.isEqual(mac, mac(content)) ? Ticket.decode(content) : null;
        } catch (IllegalArgumentException | IOException _) {
            return null; // not Base64, or of another version
        }
    }

    /** Derives the key with one HMAC, as HKDF-Expand does (RFC 5869), and signs with it. */
    private byte[] mac(byte[] content) {
        byte[] shared = secret.get();
        return hmac(hmac(shared == null ? randomSecret : shared, PURPOSE), content);
    }

    private static byte[] hmac(byte[] key, byte[] content) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            return mac.doFinal(content);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, e);
        }
    }
}
