package io.switchboard.query;

/**
 * Which peers to list, and in which order.
 *
 * @param socket whether rows contain what the kernel knows of the peer's socket; if the kernel's
 *     numbers determine the order, they always do
 */
public record PeerQuery(PeerFilter filter, PeerSort sort, boolean socket) {

    /** Returns whether the registry keeps the peers in this very order. */
    boolean inOrderOfConnecting() {
        return sort.key() == SortKey.CONNECTED_AT && filter.isPlain();
    }
}
