package io.switchboard.inbound;

import jakarta.validation.constraints.Positive;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * What is kept of what each peer said.
 *
 * @param maxMessages the latest so many messages
 * @param maxBytes and no more than so many bytes of them; the latest message may exceed it
 * @param totalMax what the histories of all peers that are connected may hold together; without it,
 *     a tenth of the largest heap
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
