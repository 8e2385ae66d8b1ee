package io.switchboard.transport.config;

import io.switchboard.net.OpenFiles;
import io.switchboard.peer.Transport;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotEmpty;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;
import org.springframework.validation.annotation.Validated;

/**
 * The configured listeners.
 *
 * @param listeners the keys of each listener, by its name
 */
@Validated
@ConfigurationProperties("switchboard")
public record TransportProperties(@NotEmpty Map<String, @Valid ListenerProperties> listeners) {
    private static final String KEY = "switchboard.listeners";
    static final int MAX_UDP_PEERS = 10_000;

    /** The one key that decides which beans a listener needs. */
    record Kind(@Nullable String transport) {}

    /** Returns the listener with this name, which must be configured. */
    public ConfiguredListener listener(String name, OpenFiles files) {
        ListenerProperties properties = Objects.requireNonNull(listeners.get(name));
        Integer configured = properties.maxConnections();
        int udp = configured == null ? MAX_UDP_PEERS : configured;
        int max = files.listeners().getOrDefault(name, udp);
        return new ConfiguredListener(name, properties, max);
    }

    /**
     * Returns the configured {@code max-connections} of each listener whose peers need an open file
     * each, by its name; null if there is none. All peers of a UDP listener share one file.
     */
    public Map<String, @Nullable Integer> connections() {
        Map<String, @Nullable Integer> connections = new TreeMap<>();
        listeners.forEach(
                (name, properties) -> {
                    if (properties.transport() != Transport.UDP) {
                        connections.put(name, properties.maxConnections());
                    }
                });
        return connections;
    }

    /** Returns the names of the UDP listeners. Reads no other key than {@code transport}. */
    public static Set<String> udpNames(Environment environment) {
        Map<String, Kind> kinds = bind(environment, Kind.class);
        kinds.values().removeIf(kind -> !Transport.UDP.word().equalsIgnoreCase(kind.transport()));
        return new TreeSet<>(kinds.keySet());
    }

    /** Returns the names of all other listeners. */
    public static Set<String> streamNames(Environment environment) {
        Set<String> names = new TreeSet<>(bind(environment, Object.class).keySet());
        names.removeAll(udpNames(environment));
        return names;
    }

    private static <T> Map<String, T> bind(Environment environment, Class<T> type) {
        return new HashMap<>(
                Binder.get(environment)
                        .bind(KEY, Bindable.mapOf(String.class, type))
                        .orElseGet(Map::of));
    }
}
