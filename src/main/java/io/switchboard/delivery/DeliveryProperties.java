package io.switchboard.delivery;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.util.unit.DataSize;

/**
 * Limits of the messages that are being delivered.
 *
 * @param totalMax the limit for what the service keeps for each target of all messages in progress,
 *     such as a wait for its reply; by default a tenth of the maximum heap
 */
@ConfigurationProperties("switchboard.deliveries")
record DeliveryProperties(@Nullable DataSize totalMax) {

    long totalMaxBytes() {
        return totalMax == null ? Runtime.getRuntime().maxMemory() / 10 : totalMax.toBytes();
    }
}
