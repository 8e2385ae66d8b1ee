package io.switchboard.query;

import io.switchboard.peer.PeerId;

/** The position of a peer in a {@link PeerSort}: its rank, and its id among equal ranks. */
record SortPosition(long rank, PeerId id) implements Comparable<SortPosition> {

    @Override
    public int compareTo(SortPosition other) {
        int byRank = Long.compare(rank, other.rank);
        return byRank != 0 ? byRank : id.compareTo(other.id);
    }
}
