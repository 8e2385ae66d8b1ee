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
 * The buffer from which subscribers can resume, and the heartbeat.
 *
 * @param buffer the number of events that are kept, the latest ones
 * @param maxBytes the total size of the messages among them; the latest event is always kept
 * @param heartbeat the time after which an idle stream carries a comment, so that proxies do not
 *     close it
 */
@Validated
@ConfigurationProperties("switchboard.events")
public record EventProperties(
        @DefaultValue("10000") @Positive @Max(1_000_000) int buffer,
        @DefaultValue("16MB") DataSize maxBytes,
        @DefaultValue("15s") @DurationMin(millis = 1) Duration heartbeat) {}
