package io.switchboard.transport;

import io.switchboard.inbound.Webhooks;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Listener.Encoder;
import io.switchboard.peer.ListenerCounters;
import io.switchboard.peer.ListenerSocket;
import io.switchboard.peer.Listeners;
import java.util.Objects;
import org.springframework.beans.factory.BeanRegistry;

/**
 * A listener as the configuration has it, whatever its transport.
 *
 * @param framing the word for how its peers' frames are told apart
 * @param maxFrame bytes of the longest that is taken
 */
public record ConfiguredListener(
        String name, ListenerProperties properties, String framing, int maxFrame) {

    /** What is configured under this name. */
    public static ListenerProperties properties(String name, BeanRegistry.SupplierContext context) {
        return Objects.requireNonNull(
                context.bean(TransportProperties.class).listeners().get(name));
    }

    /** What the other rooms know of it, once it has a socket. */
    public Listener on(ListenerSocket socket) {
        Encoder encoder = properties.encoder();
        return new Listener(
                name,
                properties.carrier(),
                properties.proxyProtocol(),
                framing,
                properties.out().word(),
                maxFrame,
                properties.connectionLimit(),
                properties.connectionLimitPerAddress(),
                properties.idleLimit(),
                properties.identification(),
                properties.correlation(),
                payload -> {
                    byte[] frame = encoder.frame(payload);
                    return frame == null || frame.length > socket.longestSend() ? null : frame;
                },
                socket,
                new ListenerCounters());
    }

    /** Makes it known to those who show it and to those who hear of its peers. */
    public void announce(Listener listener, BeanRegistry.SupplierContext context) {
        context.bean(Listeners.class).add(listener);
        if (properties.webhook() != null) {
            context.bean(Webhooks.class).add(listener, properties.webhook());
        }
    }
}
