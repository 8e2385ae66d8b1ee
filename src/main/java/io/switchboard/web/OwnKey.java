package io.switchboard.web;

import io.switchboard.peer.Peer;
import io.switchboard.peer.PeerSession;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Sort keys that the service knows by itself, of live peers and of closed ones alike. */
enum OwnKey implements SortKey {
    /** By id: ids count connections, and nobody can set them as one sets a clock. */
    CONNECTED_AT("connectedAt"),
    LAST_RECEIVED_AT("lastReceivedAt"),
    LAST_SENT_AT("lastSentAt"),
    RECEIVED_BYTES("receivedBytes"),
    SENT_BYTES("sentBytes"),
    QUEUED_BYTES("queuedBytes"),
    /**
     * By the moment since which it is idle: unlike how long that is, it stays from page to page.
     */
    IDLE("idle");

    private final String word;

    OwnKey(String word) {
        this.word = word;
    }

    @Override
    public String word() {
        return word;
    }

    /** Reads it from the session; times are milliseconds. */
    long of(PeerSession session) {
        return switch (this) {
            case CONNECTED_AT -> session.id().seq();
            case LAST_RECEIVED_AT -> millis(session.lastReceivedAt());
            case LAST_SENT_AT -> millis(session.lastSentAt());
            case RECEIVED_BYTES -> session.receivedBytes();
            case SENT_BYTES -> session.sentBytes();
            case QUEUED_BYTES -> session.queuedBytes();
            case IDLE -> -millis(session.lastActiveAt());
        };
    }

    /** The same of a closed peer. */
    long of(Peer closed) {
        return switch (this) {
            case CONNECTED_AT -> closed.id().seq();
            case LAST_RECEIVED_AT -> millis(closed.lastReceivedAt());
            case LAST_SENT_AT -> millis(closed.lastSentAt());
            case RECEIVED_BYTES -> closed.received().bytes();
            case SENT_BYTES -> closed.sent().bytes();
            case QUEUED_BYTES -> closed.queued().bytes();
            case IDLE -> -millis(closed.lastActiveAt());
        };
    }

    private static long millis(@Nullable Instant moment) {
        return moment == null ? NONE : moment.toEpochMilli();
    }
}
