package io.switchboard.mailbox;

import jakarta.validation.constraints.Min;
import java.time.Duration;
import java.util.Set;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

/**
 * Limits of the messages that are stored for peers which are not connected.
 *
 * @param maxMessages the most messages that wait for one name
 * @param maxBytes the most bytes of the messages that wait for one name
 * @param maxTtl the longest time that a message may be stored
 * @param listeners the listeners whose peers get stored messages; empty for all
 */
@Validated
@ConfigurationProperties("switchboard.mailbox")
record MailboxProperties(
        @DefaultValue("1000") @Min(value = 1, message = "it takes 1 or more") int maxMessages,
        @DefaultValue("1MB") DataSize maxBytes,
        @DefaultValue("7d") @DurationMin(seconds = 1, message = "it takes 1s or more")
                Duration maxTtl,
        @DefaultValue Set<String> listeners) {}
