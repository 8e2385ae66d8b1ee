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
 * Bounds of what waits to be written.
 *
 * @param maxBytes an outbox in which this much waits refuses more; a single message may exceed it
 * @param maxMessages the same, counted in frames
 * @param writeDeadline how long a peer may take no byte at all while something waits for it
 * @param totalMax what all outboxes together may hold; without it, a quarter of the largest heap
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
