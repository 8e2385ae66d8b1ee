package io.switchboard.transport;

import io.switchboard.peer.Network;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Whom this service may connect to.
 *
 * @param allowedNetworks networks such as 10.0.0.0/8, and addresses; what names resolve to is
 *     checked, and link-local addresses and those of clouds' metadata are never allowed
 */
@ConfigurationProperties("switchboard.connect")
public record ConnectProperties(
        @DefaultValue({"127.0.0.0/8", "::1"}) List<Network> allowedNetworks) {}
