package io.switchboard.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.peer.PeerId;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.zip.CRC32C;

/**
 * How a page tells where the next one begins: the place of its last row, in a form that clients
 * pass back unread. A checksum over the place, the order and the run keeps a cursor that was cut
 * short, or is of another order or run, from meaning some other place.
 *
 * @param boot of this run's ids
 */
record Cursors(PeerSort sort, String boot) {
    private static final int CONTENT = Long.BYTES + Integer.BYTES + Long.BYTES;
    private static final int SIZE = CONTENT + Integer.BYTES;

    String print(Place place) {
        ByteBuffer bytes = ByteBuffer.allocate(SIZE);
        bytes.putLong(place.rank()).putInt(place.id().boot()).putLong(place.id().seq());
        bytes.putInt(checksum(bytes));
        return Base64.getUrlEncoder().encodeToString(bytes.array());
    }

    /**
     * The place that {@link #print} was given.
     *
     * @throws ApiProblem 400 for anything else
     */
    Place parse(String text) {
        ByteBuffer bytes = decode(text);
        if (bytes.limit() != SIZE || checksum(bytes) != bytes.getInt(CONTENT)) {
            throw refused(text);
        }
        return new Place(bytes.getLong(), new PeerId(bytes.getInt(), bytes.getLong()));
    }

    private ByteBuffer decode(String text) {
        try {
            return ByteBuffer.wrap(Base64.getUrlDecoder().decode(text));
        } catch (IllegalArgumentException e) {
            throw refused(text);
        }
    }

    private ApiProblem refused(String text) {
        return ApiProblem.badRequest(
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
