package io.switchboard.receive;

import jakarta.validation.constraints.Positive;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * Limits of the histories of messages; those per peer apply to each direction.
 *
 * @param maxMessages the maximum number of messages that are kept per peer
 * @param maxBytes the maximum size of the messages that are kept per peer; the latest message may
 *     exceed it
 * @param totalMax the limit for the histories of all connected peers together; by default a tenth
 *     of the maximum heap
 */
@Validated
@ConfigurationProperties("switchboard.history")
public record HistoryProperties(
        @DefaultValue("100") @Positive int maxMessages,
        @DefaultValue("64KB") DataSize maxBytes,
        @Nullable DataSize totalMax) {

    long totalMaxBytes() {
        return totalMax == null ? Runtime.getRuntime().maxMemory() / 10 : totalMax.toBytes();
    }
}
