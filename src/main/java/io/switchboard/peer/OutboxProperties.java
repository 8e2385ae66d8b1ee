package io.switchboard.peer;

import jakarta.validation.constraints.Positive;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * Limits of the outboxes.
 *
 * @param maxBytes the size at which an outbox refuses further messages; a single message may exceed
 *     it
 * @param maxMessages the number of frames at which an outbox refuses further messages
 * @param writeDeadline the longest time without progress while data is queued; then the peer is
 *     closed as a slow consumer
 * @param totalMax the limit for all outboxes together; by default a quarter of the maximum heap
 */
@Validated
@ConfigurationProperties("switchboard.outbox")
public record OutboxProperties(
        @DefaultValue("1MB") DataSize maxBytes,
        @DefaultValue("1000") @Positive int maxMessages,
        @DefaultValue("10s") @DurationMin(millis = 1) Duration writeDeadline,
        @Nullable DataSize totalMax) {

    long totalMaxBytes() {
        return totalMax == null ? Runtime.getRuntime().maxMemory() / 4 : totalMax.toBytes();
    }
}
