package io.switchboard.transport;

import io.switchboard.inbound.Webhooks;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Listener.Encoder;
import io.switchboard.peer.ListenerCounters;
import io.switchboard.peer.ListenerSocket;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.Transport;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanRegistry;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/**
 * A listener as the configuration has it, whatever its transport.
 *
 * @param framing the word for how its peers' frames are told apart
 * @param maxFrame bytes of the longest that is taken
 */
public record ConfiguredListener(
        String name, ListenerProperties properties, String framing, int maxFrame) {

    private static final String KEY = "switchboard.listeners";

    /** The part of a listener's properties that says who makes its beans. */
    record Kind(@Nullable String transport) {}

    /** The names of the listeners whose transport is datagrams; reads no other property. */
    public static Set<String> datagramNames(Environment environment) {
        Map<String, Kind> kinds = bind(environment, Kind.class);
        kinds.values().removeIf(kind -> !Transport.UDP.word().equalsIgnoreCase(kind.transport()));
        return new TreeSet<>(kinds.keySet());
    }

    /** The names of all other listeners. */
    public static Set<String> streamNames(Environment environment) {
        Set<String> names = new TreeSet<>(bind(environment, Object.class).keySet());
        names.removeAll(datagramNames(environment));
        return names;
    }

    private static <T> Map<String, T> bind(Environment environment, Class<T> part) {
        return new HashMap<>(
                Binder.get(environment)
                        .bind(KEY, Bindable.mapOf(String.class, part))
                        .orElseGet(Map::of));
    }

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
