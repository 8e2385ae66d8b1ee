package io.switchboard.inbound;

import jakarta.validation.constraints.Positive;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * What is kept of what each peer said.
 *
 * @param maxMessages the latest so many messages
 * @param maxBytes and no more than so many bytes of them; the latest message is always kept
 */
@Validated
@ConfigurationProperties("switchboard.history")
public record HistoryProperties(
        @DefaultValue("100") @Positive int maxMessages, @DefaultValue("64KB") DataSize maxBytes) {}
