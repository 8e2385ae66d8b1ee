package io.switchboard.inbound;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/** What other rooms' tests need of this one, and cannot construct. */
public final class InboundFixtures {
    static final History.Room ROOM = room(100, 65_536);

    private InboundFixtures() {}

    /** Room for all; each may have so much of it. */
    static History.Room room(int maxMessages, int maxBytes) {
        return room(maxMessages, maxBytes, null);
    }

    /** Room for all of so many bytes; null for as many as is usual. */
    static History.Room room(int maxMessages, int maxBytes, @Nullable Integer total) {
        return new History.Room(
                new HistoryProperties(
                        maxMessages,
                        DataSize.ofBytes(maxBytes),
                        total == null ? null : DataSize.ofBytes(total)),
                new SimpleMeterRegistry());
    }

    public static Replies replies(PeerRegistry registry) {
        return new Replies(ROOM, registry);
    }

    /** Gives the session an inbox, as its first message does. */
    public static void open(PeerSession session) {
        Inbox.of(session, ROOM);
    }

    /** What peers of this registry have said. */
    public static Histories histories(PeerRegistry registry) {
        return new Histories(ROOM, registry);
    }
}
