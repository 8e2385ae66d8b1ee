package io.switchboard.query;

import io.switchboard.kernel.SocketFigures;
import io.switchboard.peer.PeerView;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What a list of peers can be sorted by: one number of each peer. */
public enum SortKey {
    /** By id: ids count connections, and unlike the time of day they never go back. */
    CONNECTED_AT("connectedAt"),
    LAST_RECEIVED_AT("lastReceivedAt"),
    LAST_SENT_AT("lastSentAt"),
    RECEIVED_BYTES("receivedBytes"),
    SENT_BYTES("sentBytes"),
    QUEUED_BYTES("queuedBytes"),
    /** By the time since which the peer is idle, which does not change from page to page. */
    IDLE("idle"),
    RTT("rtt"),
    UNACKED_BYTES("unackedBytes"),
    /** Counted since the connection began. */
    RETRANSMITS("retransmits");

    /** Stands for a number that does not exist, such as the time of a first message. */
    static final long NONE = Long.MIN_VALUE;

    private final String word;

    SortKey(String word) {
        this.word = word;
    }

    /** Returns the word for it in {@code sort=}. */
    public String word() {
        return word;
    }

    /** Returns whether only the kernel knows the number, which it does of live peers only. */
    boolean fromKernel() {
        return switch (this) {
            case RTT, UNACKED_BYTES, RETRANSMITS -> true;
            case CONNECTED_AT,
                    LAST_RECEIVED_AT,
                    LAST_SENT_AT,
                    RECEIVED_BYTES,
                    SENT_BYTES,
                    QUEUED_BYTES,
                    IDLE ->
                    false;
        };
    }

    /**
     * Returns the number of a peer.
     *
     * @param socket what the kernel knows of the peer's socket; null if it knows none
     */
    long of(PeerView peer, @Nullable SocketFigures socket) {
        return switch (this) {
            case CONNECTED_AT -> peer.id().seq();
            case LAST_RECEIVED_AT -> millis(peer.lastReceivedAt());
            case LAST_SENT_AT -> millis(peer.lastSentAt());
            case RECEIVED_BYTES -> peer.receivedBytes();
            case SENT_BYTES -> peer.sentBytes();
            case QUEUED_BYTES -> peer.queuedBytes();
            case IDLE -> -millis(peer.lastActiveAt());
            case RTT -> socket == null ? NONE : socket.rttMicros();
            case UNACKED_BYTES -> socket == null ? NONE : SocketView.unackedBytes(socket);
            case RETRANSMITS -> socket == null ? NONE : socket.totalRetransmits();
        };
    }

    private static long millis(@Nullable Instant moment) {
        return moment == null ? NONE : moment.toEpochMilli();
    }
}
