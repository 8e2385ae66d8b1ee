package io.switchboard.query;

import io.switchboard.peer.PeerId;
import java.util.Arrays;
import java.util.stream.Collectors;

/** An order of peers: the smallest number first, or if descending the largest. */
public record PeerSort(SortKey key, boolean descending) {
    /** The default order: the oldest connection first. */
    public static final PeerSort DEFAULT = new PeerSort(SortKey.CONNECTED_AT, false);

    /**
     * Returns the order that this text names, such as {@code -rtt}.
     *
     * @throws IllegalArgumentException the text names none; the message lists those that exist
     */
    public static PeerSort parse(String text) {
        boolean descending = text.startsWith("-");
        String word = descending ? text.substring(1) : text;
        return Arrays.stream(SortKey.values())
                .filter(key -> key.word().equals(word))
                .findFirst()
                .map(key -> new PeerSort(key, descending))
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "known are "
                                                + Arrays.stream(SortKey.values())
                                                        .map(SortKey::word)
                                                        .collect(Collectors.joining(", "))
                                                + ", and each with - for the largest first"));
    }

    /** Returns the text that {@link #parse} reads. */
    public String word() {
        return descending ? "-" + key.word() : key.word();
    }

    /**
     * Returns the rank of a number: the smallest rank is first, and peers without a number are last
     * in either direction.
     */
    long rank(long value) {
        if (value == SortKey.NONE) {
            return Long.MAX_VALUE;
        }
        return descending ? -value : value;
    }

    /** The position of a peer in a {@link PeerSort}: its rank, and its id among equal ranks. */
    record SortPosition(long rank, PeerId id) implements Comparable<SortPosition> {

        @Override
        public int compareTo(SortPosition other) {
            int byRank = Long.compare(rank, other.rank);
            return byRank != 0 ? byRank : id.compareTo(other.id);
        }
    }
}
