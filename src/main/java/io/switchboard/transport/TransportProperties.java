package io.switchboard.transport;

import jakarta.validation.Valid;
import jakarta.validation.constraints.NotEmpty;
import java.util.Map;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.validation.annotation.Validated;

/**
 * Where sockets are served.
 *
 * @param listeners by name
 */
@Validated
@ConfigurationProperties("switchboard")
public record TransportProperties(@NotEmpty Map<String, @Valid ListenerProperties> listeners) {}
