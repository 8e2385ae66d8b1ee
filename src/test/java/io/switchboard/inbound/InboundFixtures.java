package io.switchboard.inbound;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.switchboard.peer.PeerRegistry;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/** What other rooms' tests need of this one, and cannot construct. */
public final class InboundFixtures {
    static final HistoryRoom ROOM = room(100, 65_536);

    static final Duration HEARTBEAT = Duration.ofSeconds(15);

    private InboundFixtures() {}

    /** Room for all; each may have so much of it. */
    static HistoryRoom room(int maxMessages, int maxBytes) {
        return room(maxMessages, maxBytes, null);
    }

    /** Room for all of so many bytes; null for as many as is usual. */
    static HistoryRoom room(int maxMessages, int maxBytes, @Nullable Integer total) {
        return new HistoryRoom(
                new HistoryProperties(
                        maxMessages,
                        DataSize.ofBytes(maxBytes),
                        total == null ? null : DataSize.ofBytes(total)),
                new SimpleMeterRegistry());
    }

    public static Replies replies(PeerRegistry registry) {
        return new Replies(ROOM, registry);
    }

    /** Events with the usual bounds. */
    public static EventStream events(PeerRegistry registry) {
        return events(registry, 10_000);
    }

    /** Of which so many are kept. */
    public static EventStream events(PeerRegistry registry, int buffer) {
        return new EventStream(
                new EventProperties(buffer, DataSize.ofMegabytes(16), HEARTBEAT),
                registry,
                new SimpleMeterRegistry());
    }

    /** What peers of this registry have said. */
    public static Histories histories(PeerRegistry registry) {
        return new Histories(ROOM, registry);
    }
}
