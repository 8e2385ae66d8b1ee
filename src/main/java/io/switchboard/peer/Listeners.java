package io.switchboard.peer;

import io.micrometer.core.instrument.MeterRegistry;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import org.springframework.stereotype.Component;

/** Every listener by its name, and its meters. Transports add theirs before the first peer. */
@Component
public final class Listeners {
    private final Map<String, Listener> byName = new ConcurrentSkipListMap<>();
    private final MeterRegistry meters;

    Listeners(MeterRegistry meters) {
        this.meters = meters;
    }

    /** Makes a listener known to the API and to the meters. */
    public void add(Listener listener) {
        byName.put(listener.name(), listener);
        listener.counters().register(meters, listener.name());
    }

    /** All of them, ordered by name. */
    public Collection<Listener> all() {
        return Collections.unmodifiableCollection(byName.values());
    }

    /** The one of this name. */
    public Optional<Listener> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }
}
