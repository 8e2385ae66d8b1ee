package io.switchboard.peer;

import io.micrometer.core.instrument.MeterRegistry;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import org.springframework.stereotype.Component;

/**
 * The registry of listeners. A transport adds a listener before its first peer connects.
 * Thread-safe.
 */
@Component
public final class Listeners {
    private final Map<String, Listener> byName = new ConcurrentSkipListMap<>();
    private final MeterRegistry meters;

    Listeners(MeterRegistry meters) {
        this.meters = meters;
    }

    /** Adds a listener and registers its meters. */
    public void add(Listener listener) {
        byName.put(listener.name(), listener);
        listener.counters().register(meters, listener.name());
    }

    /** Replaces a listener by one with the same name, socket and counters. */
    public void replace(Listener listener) {
        byName.replace(listener.name(), listener);
    }

    /** Removes a listener and every meter with its name. Its peers are closed. */
    public void remove(Listener listener) {
        byName.remove(listener.name());
        listener.counters().remove(meters);
    }

    /** Returns all listeners, ordered by name. */
    public Collection<Listener> all() {
        return Collections.unmodifiableCollection(byName.values());
    }

    /** Returns the listener with this name; empty if there is none. */
    public Optional<Listener> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }
}
