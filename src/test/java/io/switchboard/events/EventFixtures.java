package io.switchboard.events;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.switchboard.peer.PeerRegistry;
import java.time.Duration;
import java.util.List;
import org.springframework.util.unit.DataSize;

/** The parts of this package that tests of other packages need and cannot construct. */
public final class EventFixtures {
    private EventFixtures() {}

    static EventProperties limits(int buffer, DataSize maxBytes) {
        return new EventProperties(buffer, maxBytes, Duration.ofSeconds(15));
    }

    /** Returns a stream with the usual limits. */
    public static EventStream stream(PeerRegistry registry) {
        return stream(registry, 10_000);
    }

    /** Returns a stream that keeps this number of events. */
    public static EventStream stream(PeerRegistry registry, int buffer) {
        return new EventStream(
                limits(buffer, DataSize.ofMegabytes(16)),
                registry,
                new SimpleMeterRegistry(),
                List.of());
    }
}
