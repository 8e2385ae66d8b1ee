package io.switchboard.query;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.kernel.SocketFigures;
import io.switchboard.peer.PeerId;
import io.switchboard.peer.PeerView;
import io.switchboard.query.Refusal.RefusedException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

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
                                        "known are %s, and each with - for the largest first"
                                                .formatted(
                                                        Arrays.stream(SortKey.values())
                                                                .map(SortKey::word)
                                                                .collect(
                                                                        Collectors.joining(
                                                                                ", ")))));
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
            return this == RTT || this == UNACKED_BYTES || this == RETRANSMITS;
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

    /**
     * Encodes the position of a page's last row as the cursor of the next page. A checksum over
     * position, order and run refuses a cursor that was truncated or belongs to another order or
     * run.
     *
     * @param boot of this run's ids; empty in a cluster, in which any node takes the cursor of
     *     another
     */
    record PageCursors(PeerSort sort, String boot) {
        private static final int CONTENT = Long.BYTES + Integer.BYTES + Long.BYTES;
        private static final int SIZE = CONTENT + Integer.BYTES;

        String print(SortPosition position) {
            ByteBuffer bytes = ByteBuffer.allocate(SIZE);
            bytes.putLong(position.rank())
                    .putInt(position.id().boot())
                    .putLong(position.id().seq());
            bytes.putInt(checksum(bytes));
            return Base64.getUrlEncoder().encodeToString(bytes.array());
        }

        /**
         * Returns the position of this cursor.
         *
         * @throws RefusedException it is no cursor of this order and run
         */
        SortPosition parse(String text) {
            ByteBuffer bytes = decode(text);
            if (bytes.limit() != SIZE || checksum(bytes) != bytes.getInt(CONTENT)) {
                throw refused(text);
            }
            return new SortPosition(bytes.getLong(), new PeerId(bytes.getInt(), bytes.getLong()));
        }

        private ByteBuffer decode(String text) {
            try {
                return ByteBuffer.wrap(Base64.getUrlDecoder().decode(text));
            } catch (IllegalArgumentException e) {
                throw refused(text);
            }
        }

        private RefusedException refused(String text) {
            return Refusal.badRequest(
                    "after='%s' is no cursor of sort=%s: pass on what 'next' said, with the same sort; after a restart begin without it"
                            .formatted(text, sort.word()));
        }

        private int checksum(ByteBuffer bytes) {
            CRC32C checksum = new CRC32C();
            checksum.update((sort.word() + " " + boot).getBytes(UTF_8));
            checksum.update(bytes.slice(0, CONTENT));
            return (int) checksum.getValue();
        }
    }
}
