package io.switchboard.events;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Positive;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * What subscribers are told, and how far back they can resume.
 *
 * @param buffer the latest so many events are kept
 * @param maxBytes and no more than so many bytes of messages; the latest event is always kept
 * @param heartbeat a subscriber who has nothing to hear hears a comment so often, before proxies
 *     take the connection for dead
 */
@Validated
@ConfigurationProperties("switchboard.events")
public record EventProperties(
        @DefaultValue("10000") @Positive @Max(1_000_000) int buffer,
        @DefaultValue("16MB") DataSize maxBytes,
        @DefaultValue("15s") @DurationMin(millis = 1) Duration heartbeat) {}
