package io.switchboard.peer;

import java.net.InetAddress;

/** What became of a {@link Call}. */
public sealed interface Dialled {

    /** The far end is a peer. */
    record Connected(PeerSession session) implements Dialled {}

    /** connect(2) failed at every address of the host; this is what the last one said. */
    record Failed(SocketError error) implements Dialled {}

    /** The configuration does not allow this address; nobody was connected to. */
    record Forbidden(InetAddress address) implements Dialled {}

    /** The listener has as many connections as it takes. */
    record Full(String sentence) implements Dialled {}

    /** Another peer has the name, and keeps it. */
    record NameTaken(PeerSession by) implements Dialled {}

    /** The service is stopping. */
    record Stopping() implements Dialled {}
}
