package io.switchboard.transport;

import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * How the service takes leave of its peers when it is stopped.
 *
 * @param delay between readiness going down and the end of accepting, for load balancers to notice
 * @param spread over how long the closes are spread at most, so that not all come back at once
 * @param farewell a last message to every peer, framed as its listener frames
 */
@Validated
@ConfigurationProperties("switchboard.drain")
public record DrainProperties(
        @DefaultValue("5s") @DurationMin @DurationMax(minutes = 10) Duration delay,
        @DefaultValue("15s") @DurationMin @DurationMax(minutes = 10) Duration spread,
        @Nullable String farewell) {}
