package io.switchboard;

import io.switchboard.kernel.NotifySocket;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * Tells systemd when the service is ready and when it begins to stop, so that a unit can have
 * {@code Type=notify}: units that depend on it start when peers and requests are accepted. Without
 * {@code NOTIFY_SOCKET} in the environment, it does nothing.
 *
 * <p>If systemd cannot be told, a warning says so and the service continues. systemd then ends it
 * after {@code TimeoutStartSec}.
 */
@Component
final class SystemdNotification {
    private static final Logger log = LoggerFactory.getLogger(SystemdNotification.class);

    private final String address;

    SystemdNotification(@Value("${NOTIFY_SOCKET:}") String address) {
        this.address = address;
    }

    @EventListener
    void readinessChanged(AvailabilityChangeEvent<ReadinessState> event) {
        if (!address.isEmpty()) {
            send(
                    switch (event.getState()) {
                        case ACCEPTING_TRAFFIC -> "READY=1\nSTATUS=accepts peers and requests";
                        case REFUSING_TRAFFIC -> "STOPPING=1\nSTATUS=closes its peers";
                    });
        }
    }

    private void send(String state) {
        try {
            NotifySocket.send(address, state);
        } catch (IOException | LinkageError | RuntimeException e) {
            log.warn(
                    "NOTIFY_SOCKET={}: cannot tell systemd '{}': {}",
                    address,
                    state.lines().findFirst().orElse(""),
                    e.getMessage());
        }
    }
}
