package io.switchboard.http;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * Limits of HTTP requests.
 *
 * @param bodiesMax the limit for the bodies of all requests in progress together; by default a
 *     tenth of the maximum heap, and at least one body of the maximum length
 * @param answersMax the limit for the answers of all requests in progress together; by default a
 *     tenth of the maximum heap, and at least 1 MiB
 * @param bodyDeadline the maximum time from the first to the last byte of a body
 * @param healthPort the port of a connector that serves only {@code /actuator/health}; null for
 *     none
 */
@Validated
@ConfigurationProperties("switchboard.http")
record HttpProperties(
        @Nullable DataSize bodiesMax,
        @Nullable DataSize answersMax,
        @DefaultValue("60s") @DurationMin(millis = 1) Duration bodyDeadline,
        @Min(0) @Max(65_535) @Nullable Integer healthPort) {

    private static final int PART_OF_HEAP = 10;

    long bodiesMaxBytes() {
        return bytes(bodiesMax, Body.LIMIT);
    }

    long answersMaxBytes() {
        return bytes(answersMax, DataSize.ofMegabytes(1).toBytes());
    }

    private static long bytes(@Nullable DataSize configured, long least) {
        return configured == null
                ? Math.max(least, Runtime.getRuntime().maxMemory() / PART_OF_HEAP)
                : configured.toBytes();
    }
}
