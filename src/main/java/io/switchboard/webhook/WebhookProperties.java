package io.switchboard.webhook;

import io.switchboard.events.EventType;
import io.switchboard.net.ForbiddenAddress;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Positive;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The webhook of a listener: the back end to which events of its peers are posted.
 *
 * @param url the http or https URL to which each event is posted, unchanged
 * @param events the types of events that are posted
 * @param secret the key that signs each post with HMAC-SHA256; without it, posts are not signed
 * @param headers further headers of each post, by name; see {@link WebhookHeaders}
 * @param answers what becomes of the body of a response
 * @param tlsBundle name of the SSL bundle whose trust store, key, protocols and ciphers apply to an
 *     https URL; null for the certificates that the JVM trusts
 * @param queue the number of waiting events at which the queue is full
 * @param queueBytes the memory of waiting events at which the queue is full
 * @param whenFull what happens to messages while the queue is full
 * @param timeout the timeout of one attempt, from connecting to the last byte of the response
 * @param giveUpAfter the time after the first attempt at an event, after which no other attempt
 *     begins; not used if the webhook is durable
 * @param store where events wait
 * @param maxAge the age of an event from which it is not posted, if the webhook is durable
 * @param parallel the maximum number of posts at the same time, each for a different peer
 */
public record WebhookProperties(
        String url,
        @DefaultValue({
                    "connected",
                    "identified",
                    "message",
                    "closed",
                    "message-stored",
                    "message-acked",
                    "message-expired",
                    "message-cancelled"
                })
                Set<EventType> events,
        @Nullable String secret,
        @DefaultValue Map<String, String> headers,
        @DefaultValue("send") Answers answers,
        @Nullable String tlsBundle,
        @DefaultValue("10000") @Positive int queue,
        @DefaultValue("16MB") DataSize queueBytes,
        @DefaultValue("pause-reading") WhenFull whenFull,
        @DefaultValue("10s") @DurationMin(millis = 1) @DurationMax(minutes = 10) Duration timeout,
        @DefaultValue("1m") @DurationMin @DurationMax(hours = 24) Duration giveUpAfter,
        @DefaultValue("memory") Storage store,
        @DefaultValue("1d") @DurationMin(seconds = 1) @DurationMax(days = 365) Duration maxAge,
        @DefaultValue("64") @Min(1) @Max(1_000) int parallel)
        implements EventQueueSettings {
    @Override
    public Duration longestPost() {
        return giveUpAfter.plus(timeout);
    }

    /** What becomes of the body of a response. */
    public enum Answers {
        /** It is written to the peer. */
        SEND,
        /** It is discarded. */
        IGNORE
    }

    /** What happens to messages while a webhook's queue is full. */
    public enum WhenFull {
        /** Reading from peers that send is paused until half of the queue is free. */
        PAUSE_READING,
        /** The messages are dropped and counted. */
        DROP
    }

    /** Where events wait for the back end. */
    public enum Storage {
        /** In memory: a restart loses them. */
        MEMORY,
        /** In the store, until the back end has accepted them. */
        DURABLE
    }

    public WebhookProperties {
        if (url == null) {
            throw new IllegalArgumentException(
                    "webhook.url is missing: set it to the URL to post to, for example http://127.0.0.1:5000/");
        }
        String fault = fault(url);
        if (fault != null) {
            throw new IllegalArgumentException(
                    "webhook.url is %s: %s; set it to an http or https URL with a host and a path, for example http://127.0.0.1:5000/"
                            .formatted(url, fault));
        }
        for (EventType each : events) {
            if (!each.webhook()) {
                throw new IllegalArgumentException(
                        "webhook.events contains %s: valid values are %s"
                                .formatted(each.word(), EventType.words(EventType::webhook)));
            }
        }
        if (secret != null && secret.isBlank()) {
            throw new IllegalArgumentException(
                    "webhook.secret is empty: set it to a secret shared with the back end, or remove it");
        }
        headers = Map.copyOf(headers);
        WebhookHeaders.of(headers); // refuses what cannot be sent
        if (tlsBundle != null && !URI.create(url).getScheme().equalsIgnoreCase("https")) {
            throw new IllegalArgumentException(
                    "webhook.tls-bundle is %s and webhook.url %s, which is not encrypted: set an https URL, or remove tls-bundle"
                            .formatted(tlsBundle, url));
        }
        if (queueBytes.toBytes() < 1) {
            throw new IllegalArgumentException(
                    "webhook.queue-bytes is " + queueBytes + ": the minimum is 1B");
        }
    }

    @Override
    public boolean durable() {
        return store == Storage.DURABLE;
    }

    boolean sendsAnswers() {
        return answers == Answers.SEND;
    }

    URI uri() {
        return URI.create(url);
    }

    private static @Nullable String fault(String url) {
        URI uri;
        try {
            uri = new URI(url);
        } catch (URISyntaxException e) {
            return e.getReason() + " at index " + e.getIndex();
        }
        String scheme = uri.getScheme();
        if (!"http".equalsIgnoreCase(scheme) && !"https".equalsIgnoreCase(scheme)) {
            return "its scheme is " + scheme;
        }
        if (uri.getHost() == null) {
            return "it has no host";
        }
        if (uri.getRawUserInfo() != null || uri.getRawFragment() != null) {
            return "a user, a password and a fragment are not allowed";
        }
        try {
            InetAddress address = InetAddress.ofLiteral(uri.getHost().replaceAll("[\\[\\]]", ""));
            return ForbiddenAddress.is(address)
                    ? "a link-local or metadata address is never posted to"
                    : null;
        } catch (IllegalArgumentException e) {
            return null; // a host name, which is resolved before each attempt
        }
    }

    /** Returns the URL only: the secret and the headers must not appear in logs. */
    @Override
    public String toString() {
        return "WebhookProperties[url=" + url + "]";
    }
}
