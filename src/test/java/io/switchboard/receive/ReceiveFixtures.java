package io.switchboard.receive;

import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/** Creates objects of this package, whose constructors tests of other packages cannot call. */
public final class ReceiveFixtures {
    static final HistoryBudget BUDGET = budget(100, 65_536);

    private ReceiveFixtures() {}

    /** Returns a budget with the default total; the parameters limit each history. */
    static HistoryBudget budget(int maxMessages, int maxBytes) {
        return budget(maxMessages, maxBytes, null);
    }

    /** Returns a budget with a total limit in bytes; null for the default. */
    static HistoryBudget budget(int maxMessages, int maxBytes, @Nullable Integer totalMax) {
        return new HistoryBudget(
                new HistoryProperties(
                        maxMessages,
                        DataSize.ofBytes(maxBytes),
                        totalMax == null ? null : DataSize.ofBytes(totalMax)));
    }

    public static RequestReply requestReply(PeerRegistry registry) {
        return new RequestReply(registry);
    }

    /** Creates the history of a session, as its first message does. */
    public static void createHistory(PeerSession session) {
        History.of(session, BUDGET);
    }

    /** Returns the histories of the peers of a registry. */
    public static Histories histories(PeerRegistry registry) {
        return new Histories(BUDGET, registry);
    }
}
