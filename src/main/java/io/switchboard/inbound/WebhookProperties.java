package io.switchboard.inbound;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Positive;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Set;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Where and how a back end hears of the peers of a listener.
 *
 * @param url http or https; posted to as it is
 * @param events the kinds of events it hears of
 * @param secret signs each post; without it none is signed
 * @param queue so many events may wait
 * @param queueBytes and no more than so many bytes of memory
 * @param whenFull what becomes of messages that come then
 * @param timeout for one attempt, from connecting to the answer's last byte
 * @param giveUpAfter no attempt begins later than that after an event's first
 * @param parallel posts under way at a time, each of another peer
 */
public record WebhookProperties(
        String url,
        @DefaultValue({"connected", "identified", "message", "closed"}) Set<EventType> events,
        @Nullable String secret,
        @DefaultValue("10000") @Positive int queue,
        @DefaultValue("16MB") DataSize queueBytes,
        @DefaultValue("pause-reading") WhenFull whenFull,
        @DefaultValue("10s") @DurationMin(millis = 1) @DurationMax(minutes = 10) Duration timeout,
        @DefaultValue("1m") @DurationMin @DurationMax(hours = 24) Duration giveUpAfter,
        @DefaultValue("64") @Min(1) @Max(1_000) int parallel) {

    /** What happens to messages while a webhook's queue is full. */
    public enum WhenFull {
        /** Nothing more is read of peers that send until half of the queue is free. */
        PAUSE_READING,
        /** They are dropped, and counted. */
        DROP
    }

    public WebhookProperties {
        if (url == null) {
            throw new IllegalArgumentException(
                    "webhook.url is missing: it takes where to post to, as http://127.0.0.1:5000/");
        }
        String objection = objection(url);
        if (objection != null) {
            throw new IllegalArgumentException(
                    "webhook.url is %s: %s; it takes http or https, a host and a path, as http://127.0.0.1:5000/"
                            .formatted(url, objection));
        }
        for (EventType each : events) {
            if (!each.webhook()) {
                throw new IllegalArgumentException(
                        "webhook.events has %s: it takes %s"
                                .formatted(each.word(), EventType.words(EventType::webhook)));
            }
        }
        if (secret != null && secret.isBlank()) {
            throw new IllegalArgumentException(
                    "webhook.secret is empty: it takes what only the back end knows, or remove it");
        }
        if (queueBytes.toBytes() < 1) {
            throw new IllegalArgumentException(
                    "webhook.queue-bytes is " + queueBytes + ": it takes 1B and more");
        }
    }

    URI uri() {
        return URI.create(url);
    }

    private static @Nullable String objection(String url) {
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
            return "it names no host";
        }
        if (uri.getRawUserInfo() != null || uri.getRawFragment() != null) {
            return "a user, a password and a fragment are never posted";
        }
        try {
            InetAddress address = InetAddress.ofLiteral(uri.getHost().replaceAll("[\\[\\]]", ""));
            return ForbiddenAddress.is(address)
                    ? "a link-local or metadata address is never posted to"
                    : null;
        } catch (IllegalArgumentException e) {
            return null; // a name, which is looked up when there is something to post
        }
    }

    /** Without the secret. */
    @Override
    public String toString() {
        return "WebhookProperties[url=" + url + "]";
    }
}
