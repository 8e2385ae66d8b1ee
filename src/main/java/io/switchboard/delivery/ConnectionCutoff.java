package io.switchboard.delivery;

import io.switchboard.peer.Lookup;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import java.util.List;

/**
 * Who was there when something was asked of several nodes. Each does it a little later than the
 * others, and a peer that moves from one to the next meanwhile would be met by both: so whoever has
 * come since is left out. A node that asks nobody need not know.
 *
 * @param anybody whether nobody is left out, and {@code moment} of no use
 * @param moment when it was asked, by this node's {@link System#nanoTime}
 */
public record ConnectionCutoff(boolean anybody, long moment) {
    public static final ConnectionCutoff NONE = new ConnectionCutoff(true, 0);

    /** Whoever was there at that moment. */
    public static ConnectionCutoff at(long moment) {
        return new ConnectionCutoff(false, moment);
    }

    /** Whether it is one of those. */
    boolean includes(PeerSession session) {
        return anybody || !session.connectedAfter(moment);
    }

    /** What this reference stands for among those. */
    Lookup find(String reference, PeerRegistry registry) {
        Lookup found = registry.find(reference);
        return switch (found) {
            case Lookup.Live(PeerSession session) ->
                    includes(session) ? found : new Lookup.Unknown(reference);
            case Lookup.Several(List<PeerSession> sessions) -> several(sessions, reference);
            case Lookup.Closed _, Lookup.Unknown _ -> found;
        };
    }

    private Lookup several(List<PeerSession> sessions, String reference) {
        List<PeerSession> those = sessions.stream().filter(this::includes).toList();
        return switch (those.size()) {
            case 0 -> new Lookup.Unknown(reference);
            case 1 -> new Lookup.Live(those.getFirst());
            default -> new Lookup.Several(those);
        };
    }

    /** Whoever both have. */
    ConnectionCutoff and(ConnectionCutoff other) {
        if (anybody || other.anybody) {
            return anybody ? other : this;
        }
        return moment - other.moment < 0 ? this : other;
    }
}
