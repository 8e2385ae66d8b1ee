package io.switchboard.query;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.kernel.TcpSocketInfo;
import io.switchboard.peer.PeerId;
import io.switchboard.peer.PeerView;
import io.switchboard.query.Rejection.RefusedException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** An order of peers by one value of each peer: smallest first, or if descending, largest first. */
public record PeerSort(SortKey key, boolean descending) {
    /** The default order: the oldest connection first. */
    public static final PeerSort DEFAULT = new PeerSort(SortKey.CONNECTED_AT, false);

    /**
     * Returns the order that this text names, such as {@code rtt}, or {@code -rtt} for descending.
     *
     * @throws IllegalArgumentException the text names no order; the message lists the known ones
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
                                        "known are %s, and each with - for the largest first"
                                                .formatted(
                                                        Arrays.stream(SortKey.values())
                                                                .map(SortKey::word)
                                                                .collect(
                                                                        Collectors.joining(
                                                                                ", ")))));
    }

    /** Returns the text from which {@link #parse} creates this order. */
    public String word() {
        return descending ? "-" + key.word() : key.word();
    }

    /**
     * Returns the position of a peer. Peers are listed by ascending rank. A peer that has no value
     * has the highest rank in either direction.
     *
     * @param socket kernel information about the peer's socket; null if there is none
     */
    SortPosition position(PeerView peer, @Nullable TcpSocketInfo socket) {
        return new SortPosition(rank(key.value(peer, socket)), peer.id());
    }

    long rank(long value) {
        if (value == SortKey.NONE) {
            return Long.MAX_VALUE;
        }
        return descending ? -value : value;
    }

    /** The position of a peer in a {@link PeerSort}: by rank, and by id among equal ranks. */
    record SortPosition(long rank, PeerId id) implements Comparable<SortPosition> {

        @Override
        public int compareTo(SortPosition other) {
            int byRank = Long.compare(rank, other.rank);
            return byRank != 0 ? byRank : id.compareTo(other.id);
        }
    }

    /** The values of a peer by which lists can be sorted. */
    public enum SortKey {
        /**
         * The sequence number of the peer's id. It counts connections and, unlike the time of day,
         * never decreases.
         */
        CONNECTED_AT("connectedAt"),
        LAST_RECEIVED_AT("lastReceivedAt"),
        LAST_SENT_AT("lastSentAt"),
        RECEIVED_BYTES("receivedBytes"),
        SENT_BYTES("sentBytes"),
        QUEUED_BYTES("queuedBytes"),
        /**
         * The idle time. Peers are sorted by the time of their last activity, which, unlike the
         * idle time, does not change from page to page.
         */
        IDLE("idle"),
        RTT("rtt"),
        UNACKED_BYTES("unackedBytes"),
        /** All retransmissions since the connection began. */
        RETRANSMITS("retransmits");

        /**
         * The value of a peer that has none, such as the time of the last message before the first.
         */
        static final long NONE = Long.MIN_VALUE;

        private final String word;

        SortKey(String word) {
            this.word = word;
        }

        /** Returns the word for it in {@code sort=}. */
        public String word() {
            return word;
        }

        /**
         * Returns whether only the kernel provides the value, which it does for live peers only.
         */
        boolean fromKernel() {
            return this == RTT || this == UNACKED_BYTES || this == RETRANSMITS;
        }

        /**
         * Returns the value of a peer, or {@link #NONE}.
         *
         * @param socket kernel information about the peer's socket; null if there is none
         */
        long value(PeerView peer, @Nullable TcpSocketInfo socket) {
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

        private static long millis(@Nullable Instant time) {
            return time == null ? NONE : time.toEpochMilli();
        }
    }

    /**
     * Encodes the position of a page's last row as the cursor of the next page: rank, id and a
     * CRC32C, in URL-safe Base64. The checksum covers position, order and boot id, so that a cursor
     * is refused if it was truncated or belongs to another order or to an earlier run.
     *
     * @param boot the boot id of this run, which begins all ids of its peers; empty in a cluster,
     *     where each node accepts the cursors of the others
     */
    record PageCursors(PeerSort sort, String boot) {
        private static final int CONTENT_SIZE = Long.BYTES + Integer.BYTES + Long.BYTES;
        private static final int SIZE = CONTENT_SIZE + Integer.BYTES;

        /** Returns the cursor that means this position. */
        String encode(SortPosition position) {
            ByteBuffer bytes = ByteBuffer.allocate(SIZE);
            bytes.putLong(position.rank())
                    .putInt(position.id().boot())
                    .putLong(position.id().seq());
            bytes.putInt(checksum(bytes));
            return Base64.getUrlEncoder().encodeToString(bytes.array());
        }

        /**
         * Returns the position that this cursor means.
         *
         * @throws RefusedException the text is not a cursor of this order and run
         */
        SortPosition decode(String text) {
            ByteBuffer bytes = bytes(text);
            if (bytes.limit() != SIZE || checksum(bytes) != bytes.getInt(CONTENT_SIZE)) {
                throw refused(text);
            }
            return new SortPosition(
                    bytes.getLong(),
                    PeerId.of(bytes.getInt(), bytes.getLong()).orElseThrow(() -> refused(text)));
        }

        private ByteBuffer bytes(String text) {
            try {
                return ByteBuffer.wrap(Base64.getUrlDecoder().decode(text));
            } catch (IllegalArgumentException e) {
                throw refused(text);
            }
        }

        private RefusedException refused(String text) {
            return Rejection.badRequest(
                    "after='%s' is not a cursor of sort=%s: use the 'next' of the previous page with the same sort; after a restart, begin again without after"
                            .formatted(text, sort.word()));
        }

        private int checksum(ByteBuffer bytes) {
            CRC32C checksum = new CRC32C();
            checksum.update((sort.word() + " " + boot).getBytes(UTF_8));
            checksum.update(bytes.slice(0, CONTENT_SIZE));
            return (int) checksum.getValue();
        }
    }
}
