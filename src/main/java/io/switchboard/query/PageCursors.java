package io.switchboard.query;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.peer.PeerId;
import io.switchboard.query.PeerSort.SortPosition;
import io.switchboard.query.Refusal.RefusedException;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.zip.CRC32C;

/**
 * Encodes the position of a page's last row as the cursor of the next page. A checksum over
 * position, order and run refuses a cursor that was truncated or belongs to another order or run.
 *
 * @param boot of this run's ids; empty in a cluster, in which any node takes the cursor of another
 */
record PageCursors(PeerSort sort, String boot) {
    private static final int CONTENT = Long.BYTES + Integer.BYTES + Long.BYTES;
    private static final int SIZE = CONTENT + Integer.BYTES;

    String print(SortPosition position) {
        ByteBuffer bytes = ByteBuffer.allocate(SIZE);
        bytes.putLong(position.rank()).putInt(position.id().boot()).putLong(position.id().seq());
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
                "after='"
                        + text
                        + "' is no cursor of sort="
                        + sort.word()
                        + ": pass on what 'next' said, with the same sort; after a restart begin"
                        + " without it");
    }

    private int checksum(ByteBuffer bytes) {
        CRC32C checksum = new CRC32C();
        checksum.update((sort.word() + " " + boot).getBytes(UTF_8));
        checksum.update(bytes.slice(0, CONTENT));
        return (int) checksum.getValue();
    }
}
