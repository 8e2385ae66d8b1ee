package io.switchboard.inbound;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Positive;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * How far back a subscriber can resume.
 *
 * @param buffer the latest so many events are kept
 * @param maxBytes and no more than so many bytes of messages; the latest event is always kept
 */
@Validated
@ConfigurationProperties("switchboard.events")
public record EventProperties(
        @DefaultValue("10000") @Positive @Max(1_000_000) int buffer,
        @DefaultValue("16MB") DataSize maxBytes) {}
