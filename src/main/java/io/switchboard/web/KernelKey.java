package io.switchboard.web;

import io.switchboard.kernel.SocketFigures;
import org.jspecify.annotations.Nullable;

/** Sort keys that the kernel knows, of live peers only. */
enum KernelKey implements SortKey {
    RTT("rtt"),
    UNACKED_BYTES("unackedBytes"),
    /** Since the connection began. */
    RETRANSMITS("retransmits");

    private final String word;

    KernelKey(String word) {
        this.word = word;
    }

    @Override
    public String word() {
        return word;
    }

    /**
     * Reads it.
     *
     * @param figures null where the kernel knows no such socket
     */
    long of(@Nullable SocketFigures figures) {
        if (figures == null) {
            return NONE;
        }
        return switch (this) {
            case RTT -> figures.rttMicros();
            case UNACKED_BYTES -> SocketView.unackedBytes(figures);
            case RETRANSMITS -> figures.totalRetransmits();
        };
    }
}
