package io.switchboard.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.switchboard.peer.Peer;
import org.jspecify.annotations.Nullable;

/**
 * A peer as the API shows it.
 *
 * @param socket for a single live peer, and in lists that ask for it or are sorted by what it knows
 * @param node the name of the one that has the peer; null where there is but one
 */
record PeerRow(
        @JsonUnwrapped Peer peer,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable SocketView socket,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String node) {

    PeerRow(Peer peer, @Nullable SocketView socket) {
        this(peer, socket, null);
    }

    static PeerRow of(Peer peer) {
        return new PeerRow(peer, null);
    }

    /** The same at the node of this name. */
    PeerRow at(@Nullable String name) {
        return name == null ? this : new PeerRow(peer, socket, name);
    }
}
