package io.switchboard.bridge;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.eclipse.paho.mqttv5.client.IMqttAsyncClient;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connects an MQTT client again if Paho has stopped trying.
 *
 * <p>Paho 1.2.5 plans its next attempt only when the attempt before it has failed. It plans none if
 * {@code connect} throws an exception, for example because the lost connection is still being
 * closed, and it cancels the plan if a connection is lost while its success is being reported.
 */
final class MqttReconnect {
    private static final Logger log = LoggerFactory.getLogger(MqttReconnect.class);

    /** Longer than Paho waits between two attempts. */
    static final Duration INTERVAL = Duration.ofSeconds(5);

    private MqttReconnect() {}

    /**
     * Lets the client try to connect at each interval at which it has no connection. Returns when
     * there is no client any more, or when the thread is interrupted.
     *
     * @param client returns null once the client is stopped
     */
    static void watch(Supplier<? extends @Nullable IMqttAsyncClient> client, Duration interval) {
        while (!Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(interval.toNanos());
            IMqttAsyncClient current = client.get();
            if (current == null) {
                return;
            }
            if (!current.isConnected()) {
                try {
                    current.reconnect();
                } catch (MqttException e) {
                    log.debug("{}: an attempt to connect goes on", current.getClientId(), e);
                }
            }
        }
    }
}
