package io.switchboard.bridge;

import io.switchboard.events.EventType;
import io.switchboard.webhook.EventQueueSettings;
import io.switchboard.webhook.WebhookProperties.Storage;
import io.switchboard.webhook.WebhookProperties.WhenFull;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Positive;
import jakarta.validation.constraints.PositiveOrZero;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The configuration keys of one bridge.
 *
 * @param type the kind of broker
 * @param url the address of an MQTT broker, {@code tcp://HOST:PORT} or {@code ssl://HOST:PORT}; the
 *     others have Spring's own keys, {@code spring.kafka.*} and {@code spring.data.redis.*}
 * @param username the user name for an MQTT broker
 * @param password the password for an MQTT broker
 * @param tlsBundle name of the SSL bundle for {@code ssl://}; by default, the certificates that the
 *     JVM trusts
 * @param listeners the listeners whose events are published; empty for all
 * @param events the types of events that are published
 * @param eventsTo topic or stream for events; it may contain {@code {listener}}, {@code {name}} and
 *     {@code {type}}
 * @param presenceTo topic for the retained presence of peers with a name, with {@code {name}}; MQTT
 *     only
 * @param statusTo topic for the retained status of the node itself, and its last will; MQTT only
 * @param sendsFrom topic or stream whose records are bodies of {@code POST /send} in JSON
 * @param resultsTo topic or stream for the report of each send
 * @param group the consumer group whose members share the sends; by default {@code
 *     switchboard-NAME}
 * @param maxLength the number of entries to which a Redis stream is trimmed, about; 0 for no limit
 * @param queue the number of waiting events at which the queue is full
 * @param queueBytes the memory of waiting events at which the queue is full, and of the records of
 *     sends in progress
 * @param whenFull what happens to messages while the queue is full
 * @param store where events wait
 * @param maxAge the age of an event from which it is not published, with {@code store: durable}
 * @param parallel the maximum number of events on their way to the broker, each of another peer
 */
public record BridgeProperties(
        @Nullable BridgeType type,
        @Nullable String url,
        @Nullable String username,
        @Nullable String password,
        @Nullable String tlsBundle,
        @DefaultValue Set<String> listeners,
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
        @Nullable String eventsTo,
        @Nullable String presenceTo,
        @Nullable String statusTo,
        @Nullable String sendsFrom,
        @Nullable String resultsTo,
        @Nullable String group,
        @DefaultValue("0") @PositiveOrZero long maxLength,
        @DefaultValue("10000") @Positive int queue,
        @DefaultValue("16MB") DataSize queueBytes,
        @DefaultValue("pause-reading") WhenFull whenFull,
        @DefaultValue("memory") Storage store,
        @DefaultValue("1d") @DurationMin(seconds = 1) @DurationMax(days = 365) Duration maxAge,
        @DefaultValue("256") @Min(1) @Max(1_000) int parallel)
        implements EventQueueSettings {

    /** While the service runs, an event waits for its broker as long as that takes. */
    private static final Duration NEVER = Duration.ofDays(10_000);

    private static final Set<String> SCHEMES = Set.of("tcp", "ssl");

    public BridgeProperties {
        if (type == null) {
            throw new IllegalArgumentException(
                    "type is missing: set it to kafka, mqtt or redis-stream");
        }
        boolean mqtt = type == BridgeType.MQTT;
        checkUrl(type, url);
        require(mqtt || username == null, "username", username, "for mqtt only");
        require(mqtt || password == null, "password", "set", "for mqtt only");
        require(mqtt || presenceTo == null, "presence-to", presenceTo, "for mqtt only");
        require(mqtt || statusTo == null, "status-to", statusTo, "for mqtt only");
        require(
                type == BridgeType.REDIS_STREAM || maxLength == 0,
                "max-length",
                Long.toString(maxLength),
                "for redis-stream only");
        require(
                tlsBundle == null || (url != null && url.startsWith("ssl:")),
                "tls-bundle",
                tlsBundle,
                "for mqtt with an ssl:// url only");
        if (eventsTo == null && sendsFrom == null && presenceTo == null) {
            throw new IllegalArgumentException(
                    "events-to and sends-from are missing: set at least one of them to a %s"
                            .formatted(type == BridgeType.REDIS_STREAM ? "stream" : "topic"));
        }
        require(
                resultsTo == null || sendsFrom != null,
                "results-to",
                resultsTo,
                "with sends-from only");
        require(group == null || sendsFrom != null, "group", group, "with sends-from only");
        if (eventsTo != null) {
            TopicTemplate.parse("events-to", eventsTo, type);
        }
        if (presenceTo != null) {
            TopicTemplate template = TopicTemplate.parse("presence-to", presenceTo, type);
            require(
                    template.contains("name"),
                    "presence-to",
                    presenceTo,
                    "a topic with {name}, such as switchboard/presence/{name}");
        }
        checkPlain("status-to", statusTo, type);
        checkPlain("sends-from", sendsFrom, type);
        checkPlain("results-to", resultsTo, type);
        for (EventType each : events) {
            if (!each.webhook()) {
                throw new IllegalArgumentException(
                        "events contains %s: valid values are %s"
                                .formatted(each.word(), EventType.words(EventType::webhook)));
            }
        }
        if (queueBytes.toBytes() < 1) {
            throw new IllegalArgumentException(
                    "queue-bytes is " + queueBytes + ": the minimum is 1B");
        }
        listeners = Set.copyOf(listeners);
        events = Set.copyOf(events);
    }

    private static void checkUrl(BridgeType type, @Nullable String url) {
        if (type != BridgeType.MQTT) {
            require(
                    url == null,
                    "url",
                    url,
                    "for mqtt only: the address of this broker is %s"
                            .formatted(
                                    type == BridgeType.KAFKA
                                            ? "spring.kafka.bootstrap-servers"
                                            : "spring.data.redis.host and .port"));
            return;
        }
        if (url == null) {
            throw new IllegalArgumentException(
                    "url is missing: set it to the address of the broker, such as tcp://127.0.0.1:1883 or ssl://broker.example:8883");
        }
        String fault = null;
        try {
            URI uri = new URI(url);
            if (uri.getScheme() == null || !SCHEMES.contains(uri.getScheme())) {
                fault = "its scheme is " + uri.getScheme();
            } else if (uri.getHost() == null || uri.getPort() < 0) {
                fault = "it has no host or no port";
            } else if (uri.getRawUserInfo() != null) {
                fault = "the user belongs in username and password";
            }
        } catch (URISyntaxException e) {
            fault = e.getReason() + " at index " + e.getIndex();
        }
        if (fault != null) {
            throw new IllegalArgumentException(
                    "url is %s: %s; set it to tcp://HOST:PORT or ssl://HOST:PORT"
                            .formatted(url, fault));
        }
    }

    private static void checkPlain(String key, @Nullable String value, BridgeType type) {
        if (value == null) {
            return;
        }
        TopicTemplate template = TopicTemplate.parse(key, value, type);
        if (!template.isConstant()) {
            throw new IllegalArgumentException(
                    "%s is %s: it takes one %s, without {listener}, {name} and {type}"
                            .formatted(
                                    key,
                                    value,
                                    type == BridgeType.REDIS_STREAM ? "stream" : "topic"));
        }
    }

    private static void require(
            boolean valid, String key, @Nullable String value, String description) {
        if (!valid) {
            throw new IllegalArgumentException(
                    "%s is %s: it is %s".formatted(key, value, description));
        }
    }

    /** Returns the kind of broker, which is always set. */
    BridgeType kind() {
        return Objects.requireNonNull(type);
    }

    @Override
    public Duration giveUpAfter() {
        return NEVER;
    }

    @Override
    public boolean durable() {
        return store == Storage.DURABLE;
    }

    /** Returns the consumer group of the sends of the bridge with this name. */
    String groupOf(String name) {
        return group == null ? "switchboard-" + name : group;
    }

    /** Leaves out the password. */
    @Override
    public String toString() {
        return "BridgeProperties[type=%s, url=%s]".formatted(type, url);
    }
}
