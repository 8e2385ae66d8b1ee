package io.switchboard.bridge;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import io.switchboard.webhook.EventPublisher.Outcome;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/**
 * Limits the wait for topics that do not exist. If brokers create none, a send to such a topic
 * blocks for {@code max.block.ms}, and with {@code {name}} in {@code events-to}, peers choose the
 * topics.
 *
 * <p>Only a few sends at a time may wait for a topic to which nothing has been sent yet, so that
 * the other workers of the bridge serve topics that exist. A topic that was not found is not looked
 * up again for a while. Thread-safe.
 */
final class KafkaTopics {
    /** Fewer than the workers of a bridge. */
    static final int LOOKUPS = 4;

    /** Topics beyond this are looked up again. */
    private static final int MAX_TOPICS = 10_000;

    /** A topic that an operator has created is found after this time. */
    static final Duration MISSING = Duration.ofSeconds(10);

    /** The next time to try while other topics are looked up. */
    private static final Duration BUSY = Duration.ofSeconds(1);

    private final Semaphore lookups = new Semaphore(LOOKUPS);
    private final Cache<String, Boolean> known =
            Caffeine.newBuilder().maximumSize(MAX_TOPICS).build();
    private final Cache<String, String> missing;

    /**
     * @param ticker the time in nanoseconds
     */
    KafkaTopics(Ticker ticker) {
        missing =
                Caffeine.newBuilder()
                        .maximumSize(MAX_TOPICS)
                        .expireAfterWrite(MISSING)
                        .ticker(ticker)
                        .build();
    }

    /** The result of a send, and whether it failed because the topic was not found. */
    record Sent(Outcome outcome, boolean topicMissing) {}

    /**
     * Sends to a topic, or fails at once if the topic was not found a short time ago or too many
     * topics are being looked up.
     */
    Outcome send(String topic, Supplier<Sent> send) {
        if (known.getIfPresent(topic) != null) {
            return sent(topic, send.get());
        }
        String reason = missing.getIfPresent(topic);
        if (reason != null) {
            return new Outcome.Failed(reason, MISSING);
        }
        if (!lookups.tryAcquire()) {
            return new Outcome.Failed(
                    "topic %s: %d other topics are being looked up".formatted(topic, LOOKUPS),
                    BUSY);
        }
        try {
            return sent(topic, send.get());
        } finally {
            lookups.release();
        }
    }

    private Outcome sent(String topic, Sent sent) {
        // as long as no topic was found, the brokers may be away, and may be back at any time
        if (sent.topicMissing()
                && known.estimatedSize() > 0
                && sent.outcome() instanceof Outcome.Failed(String reason, _)) {
            missing.put(topic, reason);
            known.invalidate(topic);
        } else if (sent.outcome() instanceof Outcome.Accepted) {
            known.put(topic, true);
        }
        return sent.outcome();
    }
}
