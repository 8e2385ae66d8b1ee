package io.switchboard.events;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Positive;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * Configures the buffer from which subscribers can resume, the heartbeat, and the limits of
 * subscribers that do not read.
 *
 * @param buffer the maximum number of events in the buffer, which keeps the latest ones
 * @param maxBytes the maximum total size of the messages in the buffer; the latest event is always
 *     kept; by default 16 MB, or a tenth of the maximum heap if that is less
 * @param heartbeat the time after which an idle event stream carries a comment, so that proxies do
 *     not close it, and so that a subscriber that has left is detected: by default within 10 s
 *     (Tomcat detects it only when a write fails, and the first write after a FIN succeeds)
 * @param writeDeadline the longest time for which a subscriber may take no byte while events wait
 *     for it; then it is disconnected
 * @param totalMax the limit for the events that wait for subscribers that do not read, together; by
 *     default a tenth of the maximum heap
 */
@Validated
@ConfigurationProperties("switchboard.events")
public record EventProperties(
        @DefaultValue("10000") @Positive @Max(1_000_000) int buffer,
        @Nullable DataSize maxBytes,
        @DefaultValue("4s") @DurationMin(millis = 1) Duration heartbeat,
        @DefaultValue("10s") @DurationMin(millis = 1) Duration writeDeadline,
        @Nullable DataSize totalMax) {

    private static final long DEFAULT_MAX_BYTES = DataSize.ofMegabytes(16).toBytes();

    long bufferMaxBytes() {
        return maxBytes == null
                ? Math.min(DEFAULT_MAX_BYTES, Runtime.getRuntime().maxMemory() / 10)
                : maxBytes.toBytes();
    }

    long totalMaxBytes() {
        return totalMax == null ? Runtime.getRuntime().maxMemory() / 10 : totalMax.toBytes();
    }
}
