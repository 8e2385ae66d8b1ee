package io.switchboard.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.switchboard.peer.Peer;
import org.jspecify.annotations.Nullable;

/**
 * A peer as the API shows it.
 *
 * @param socket for a single live peer, and in lists that ask for it or are sorted by what it knows
 */
record PeerRow(
        @JsonUnwrapped Peer peer,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable SocketView socket) {

    static PeerRow of(Peer peer) {
        return new PeerRow(peer, null);
    }
}
