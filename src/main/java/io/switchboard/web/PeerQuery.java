package io.switchboard.web;

/**
 * Which peers {@code GET /peers} lists, and in which order.
 *
 * @param socket whether rows have what the kernel knows of a peer's socket; they always do in an
 *     order of the kernel's
 */
record PeerQuery(PeerFilter filter, PeerSort sort, boolean socket) {

    /** Whether the registry has them in this very order, and need not be looked through. */
    boolean inOrderOfConnecting() {
        return sort.key() == OwnKey.CONNECTED_AT && filter.isPlain();
    }
}
