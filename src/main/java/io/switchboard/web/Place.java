package io.switchboard.web;

import io.switchboard.peer.PeerId;

/** Where a peer stands in a {@link PeerSort}: by its rank, and among equals by its id. */
record Place(long rank, PeerId id) implements Comparable<Place> {

    @Override
    public int compareTo(Place other) {
        int byRank = Long.compare(rank, other.rank);
        return byRank != 0 ? byRank : id.compareTo(other.id);
    }
}
