package io.switchboard.transport;

import io.switchboard.peer.Transport;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/** The configured listeners, before anything but their transport is read. */
public final class ListenerNames {
    private static final String KEY = "switchboard.listeners";

    /** The part of a listener's properties that says who makes its beans. */
    record Kind(@Nullable String transport) {}

    private ListenerNames() {}

    /** Those of which datagrams are the transport. */
    public static Set<String> ofDatagrams(Environment environment) {
        Map<String, Kind> kinds =
                Binder.get(environment)
                        .bind(KEY, Bindable.mapOf(String.class, Kind.class))
                        .orElseGet(HashMap::new);
        Set<String> names = new TreeSet<>();
        kinds.forEach(
                (name, kind) -> {
                    if (Transport.UDP.word().equalsIgnoreCase(kind.transport())) {
                        names.add(name);
                    }
                });
        return names;
    }

    /** All others. */
    public static Set<String> ofStreams(Environment environment) {
        Set<String> names =
                new TreeSet<>(
                        Binder.get(environment)
                                .bind(KEY, Bindable.mapOf(String.class, Object.class))
                                .orElseGet(HashMap::new)
                                .keySet());
        names.removeAll(ofDatagrams(environment));
        return names;
    }
}
