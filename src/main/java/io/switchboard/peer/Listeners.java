package io.switchboard.peer;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.switchboard.peer.ListenerCounters.Count;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.ToDoubleFunction;
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
        ListenerCounters counters = listener.counters();
        Gauge.builder("switchboard.peers", counters, ListenerCounters::peers)
                .description("Peers connected now")
                .baseUnit("peers")
                .tag("listener", listener.name())
                .register(meters);
        Gauge.builder("switchboard.paused.peers", counters, ListenerCounters::paused)
                .description("Peers of which nothing is read now: it could not be taken")
                .baseUnit("peers")
                .tag("listener", listener.name())
                .register(meters);
        for (Count count : Count.values()) {
            counter(listener, count.meter(), count.unit(), count.description(), c -> c.get(count));
        }
        for (CloseReason reason : CloseReason.values()) {
            counter(
                    listener,
                    "switchboard.closed." + reason.word() + ".connections",
                    "connections",
                    "Sessions that ended with the reason " + reason.word(),
                    c -> c.closed(reason));
        }
    }

    private void counter(
            Listener listener,
            String name,
            String unit,
            String description,
            ToDoubleFunction<ListenerCounters> sum) {
        FunctionCounter.builder(name, listener.counters(), sum)
                .description(description)
                .baseUnit(unit)
                .tag("listener", listener.name())
                .register(meters);
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
