package io.switchboard.peer;

import java.util.List;

/** What came of giving a peer a name. */
public sealed interface Naming {

    /**
     * It has the name.
     *
     * @param replaced those that had it until now; they are being closed
     */
    record Named(List<PeerSession> replaced) implements Naming {}

    /** Another one has it, and keeps it. */
    record Taken(PeerSession by) implements Naming {}

    /** The peer is closed, or is being closed. */
    record Gone() implements Naming {}
}
