package io.switchboard.inbound;

import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import org.springframework.util.unit.DataSize;

/** For other rooms' tests, which cannot construct what is in this one. */
public final class InboundFixtures {
    static final HistoryProperties LIMITS = limits(100, 65_536);

    private InboundFixtures() {}

    static HistoryProperties limits(int maxMessages, int maxBytes) {
        return new HistoryProperties(maxMessages, DataSize.ofBytes(maxBytes));
    }

    public static Replies replies(PeerRegistry registry) {
        return new Replies(LIMITS, registry);
    }

    /** As if the peer had sent this frame; returns whether it answers a question. */
    public static boolean says(Replies replies, PeerSession session, byte[] payload) {
        return replies.answers(session, Inbox.of(session, LIMITS), payload);
    }
}
