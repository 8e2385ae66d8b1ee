package io.switchboard.delivery;

import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerRegistry.Lookup;
import io.switchboard.peer.PeerSession;
import java.util.List;

/**
 * The moment up to which a peer must have connected to be a target of a request.
 *
 * <p>Several nodes execute the same request at slightly different times. A peer that reconnects
 * from one node to another meanwhile would be a target at both. So each node leaves out the peers
 * that connected after the request was made. A request to this node alone needs no such moment.
 *
 * @param none whether every peer is included, so that {@code moment} is not used
 * @param moment when the request was made, by this node's {@link System#nanoTime}
 */
public record ConnectionCutoff(boolean none, long moment) {
    public static final ConnectionCutoff NONE = new ConnectionCutoff(true, 0);

    /** Includes the peers that were connected at this moment. */
    public static ConnectionCutoff at(long moment) {
        return new ConnectionCutoff(false, moment);
    }

    boolean includes(PeerSession session) {
        return none || !session.connectedAfter(moment);
    }

    /** Returns which of the included peers this reference stands for. */
    Lookup find(String reference, PeerRegistry registry) {
        Lookup found = registry.find(reference);
        return switch (found) {
            case Lookup.Live(PeerSession session) ->
                    includes(session) ? found : new Lookup.Unknown(reference);
            case Lookup.Several(List<PeerSession> sessions) -> {
                List<PeerSession> those = sessions.stream().filter(this::includes).toList();
                yield switch (those.size()) {
                    case 0 -> new Lookup.Unknown(reference);
                    case 1 -> new Lookup.Live(those.getFirst());
                    default -> new Lookup.Several(those);
                };
            }
            case Lookup.Closed _, Lookup.Unknown _ -> found;
        };
    }

    ConnectionCutoff and(ConnectionCutoff other) {
        if (none || other.none) {
            return none ? other : this;
        }
        return moment - other.moment < 0 ? this : other;
    }
}
