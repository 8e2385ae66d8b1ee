package io.switchboard.events;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.switchboard.peer.PeerRegistry;
import java.time.Duration;
import java.util.List;
import org.springframework.util.unit.DataSize;

/** Creates objects of this package for tests of other packages, which cannot construct them. */
public final class EventFixtures {
    private EventFixtures() {}

    static EventProperties limits(int buffer, DataSize maxBytes) {
        return new EventProperties(
                buffer, maxBytes, Duration.ofSeconds(15), Duration.ofSeconds(10), null);
    }

    /** Returns a stream with the usual limits. */
    public static EventStream stream(PeerRegistry registry) {
        return stream(registry, 10_000);
    }

    /** Returns a stream whose buffer has this number of events. */
    public static EventStream stream(PeerRegistry registry, int buffer) {
        return stream(registry, buffer, List.of());
    }

    /** Returns a stream that tells these sinks too. */
    public static EventStream stream(PeerRegistry registry, int buffer, List<EventSink> sinks) {
        return new EventStream(
                limits(buffer, DataSize.ofMegabytes(16)),
                registry,
                new SimpleMeterRegistry(),
                sinks,
                (_, _) -> true);
    }
}
