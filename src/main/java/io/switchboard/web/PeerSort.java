package io.switchboard.web;

import java.util.stream.Collectors;
import java.util.stream.Stream;

/** An order of {@code GET /peers}: the smallest first, or with {@code -} the largest. */
record PeerSort(SortKey key, boolean descending) {
    /** The longest connected first: the order when none is asked for. */
    static final PeerSort DEFAULT = new PeerSort(OwnKey.CONNECTED_AT, false);

    /**
     * The order of this word.
     *
     * @throws ApiProblem 400 for an unknown one
     */
    static PeerSort parse(String text) {
        boolean descending = text.startsWith("-");
        String word = descending ? text.substring(1) : text;
        return keys().filter(key -> key.word().equals(word))
                .findFirst()
                .map(key -> new PeerSort(key, descending))
                .orElseThrow(
                        () ->
                                ApiProblem.badRequest(
                                        "sort='"
                                                + text
                                                + "': known are "
                                                + keys().map(SortKey::word)
                                                        .collect(Collectors.joining(", "))
                                                + ", and each with - for the largest first"));
    }

    private static Stream<SortKey> keys() {
        return Stream.concat(Stream.of(OwnKey.values()), Stream.of(KernelKey.values()));
    }

    /** The word for it in {@code sort=}. */
    String word() {
        return descending ? "-" + key.word() : key.word();
    }

    /**
     * How far ahead a peer with this value stands, the smallest rank first; peers without a value
     * are the last in either direction.
     *
     * @param value of {@link #key}
     */
    long rank(long value) {
        if (value == SortKey.NONE) {
            return Long.MAX_VALUE;
        }
        return descending ? -value : value;
    }
}
