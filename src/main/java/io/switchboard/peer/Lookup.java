package io.switchboard.peer;

import java.util.List;
import java.util.Optional;

/** What a peer reference stands for. */
public sealed interface Lookup {

    /** A live session. */
    record Live(PeerSession session) implements Lookup {}

    /** The live sessions of a name that more than one has. */
    record Several(List<PeerSession> sessions) implements Lookup {}

    /**
     * A peer of this run that is closed.
     *
     * @param last its last facts, while they are remembered
     */
    record Closed(Optional<Peer> last) implements Lookup {}

    /** Nobody of this run. */
    record Unknown(String reference) implements Lookup {}
}
