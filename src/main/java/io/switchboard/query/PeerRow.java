package io.switchboard.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.switchboard.peer.Peer;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A peer in a list, or by itself.
 *
 * @param socket of a single live peer, and in lists that ask for it or are sorted by it
 * @param node the name of the node that has the peer; null outside a cluster
 * @param readAt when that node read all this, by its own clock
 */
public record PeerRow(
        Peer peer,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable SocketView socket,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String node,
        Instant readAt) {}
