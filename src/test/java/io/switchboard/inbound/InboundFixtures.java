package io.switchboard.inbound;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.switchboard.peer.PeerRegistry;
import java.time.Duration;
import org.springframework.util.unit.DataSize;

/** What other rooms' tests need of this one, and cannot construct. */
public final class InboundFixtures {
    static final HistoryProperties LIMITS = limits(100, 65_536);

    static final Duration HEARTBEAT = Duration.ofSeconds(15);

    private InboundFixtures() {}

    static HistoryProperties limits(int maxMessages, int maxBytes) {
        return new HistoryProperties(maxMessages, DataSize.ofBytes(maxBytes));
    }

    public static Replies replies(PeerRegistry registry) {
        return new Replies(LIMITS, registry);
    }

    /** Events with the usual bounds. */
    public static EventStream events(PeerRegistry registry) {
        return events(registry, 10_000);
    }

    static EventStream events(PeerRegistry registry, int buffer) {
        return new EventStream(
                new EventProperties(buffer, DataSize.ofMegabytes(16), HEARTBEAT),
                registry,
                new SimpleMeterRegistry());
    }
}
