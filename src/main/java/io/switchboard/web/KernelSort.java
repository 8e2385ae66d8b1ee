package io.switchboard.web;

import io.switchboard.kernel.SocketFigures;
import java.util.Comparator;

/**
 * Orders of {@code GET /peers} by what the kernel knows; the smallest first, {@code -} turns it.
 */
final class KernelSort {
    private KernelSort() {}

    /**
     * @throws ApiProblem 400 for an unknown word
     */
    static Comparator<SocketFigures> order(String sort) {
        boolean descending = sort.startsWith("-");
        Comparator<SocketFigures> order =
                switch (descending ? sort.substring(1) : sort) {
                    case "rtt" -> Comparator.comparingLong(SocketFigures::rttMicros);
                    case "unackedBytes" -> Comparator.comparingLong(SocketView::unackedBytes);
                    case "retransmits" -> Comparator.comparingLong(SocketFigures::totalRetransmits);
                    default ->
                            throw ApiProblem.badRequest(
                                    "sort='"
                                            + sort
                                            + "': known are rtt, unackedBytes and retransmits, and"
                                            + " each with - for the largest first");
                };
        return descending ? order.reversed() : order;
    }
}
