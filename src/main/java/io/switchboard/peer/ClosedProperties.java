package io.switchboard.peer;

import jakarta.validation.constraints.PositiveOrZero;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * The memory of peers that left.
 *
 * @param keep how many recently closed peers are remembered
 */
@Validated
@ConfigurationProperties("switchboard.closed")
public record ClosedProperties(@DefaultValue("1000") @PositiveOrZero int keep) {}
