package io.switchboard.delivery;

import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerRegistry.Lookup;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Reach;
import java.util.List;

/**
 * The moment up to which a peer must have connected to be a target of a request.
 *
 * <p>The race that it prevents: several nodes execute the same request at slightly different times,
 * and a peer that reconnects from one node to another in between would be a target at both. So each
 * node leaves out the peers that connected after the request was made. A request to this node alone
 * needs no cutoff.
 *
 * @param none whether every peer is included, so that {@code moment} is not used
 * @param moment when the request was made, by this node's {@link System#nanoTime}
 */
public record ConnectionCutoff(boolean none, long moment) {
    public static final ConnectionCutoff NONE = new ConnectionCutoff(true, 0);

    /**
     * Returns the cutoff that includes the peers which connected no later than this moment.
     *
     * @param moment by {@link System#nanoTime}
     */
    public static ConnectionCutoff at(long moment) {
        return new ConnectionCutoff(false, moment);
    }

    boolean includes(PeerSession session) {
        return none || !session.connectedAfter(moment);
    }

    /**
     * Returns the included peers in reach with this id or name; an excluded peer counts as unknown.
     */
    Lookup find(String reference, Reach reach, PeerRegistry registry) {
        Lookup found = registry.find(reference, reach);
        return switch (found) {
            case Lookup.Live(PeerSession session) ->
                    includes(session) ? found : new Lookup.Unknown(reference);
            case Lookup.Several(List<PeerSession> sessions) -> {
                List<PeerSession> included = sessions.stream().filter(this::includes).toList();
                yield switch (included.size()) {
                    case 0 -> new Lookup.Unknown(reference);
                    case 1 -> new Lookup.Live(included.getFirst());
                    default -> new Lookup.Several(included);
                };
            }
            case Lookup.Closed _, Lookup.Unknown _ -> found;
        };
    }

    /** Returns the cutoff that includes the peers that both include: the earlier of the two. */
    ConnectionCutoff and(ConnectionCutoff other) {
        if (none || other.none) {
            return none ? other : this;
        }
        return moment - other.moment < 0 ? this : other;
    }
}
