package io.switchboard.web;

/** What an order of {@code GET /peers} compares: one number of each peer. */
sealed interface SortKey permits OwnKey, KernelKey {
    /** In place of a number that is not there, such as the time of what was never received. */
    long NONE = Long.MIN_VALUE;

    /** The word for it in {@code sort=}. */
    String word();
}
