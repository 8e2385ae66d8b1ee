package io.switchboard.peer;

import java.util.Optional;

/** What a peer reference stands for. */
public sealed interface Lookup {

    /** A live session. */
    record Live(PeerSession session) implements Lookup {}

    /**
     * A peer of this run that is closed.
     *
     * @param last its last facts, while they are remembered
     */
    record Closed(PeerId id, Optional<Peer> last) implements Lookup {}

    /** Nobody of this run. */
    record Unknown(String reference) implements Lookup {}
}
