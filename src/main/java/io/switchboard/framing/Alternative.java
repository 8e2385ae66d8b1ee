package io.switchboard.framing;

import java.util.Optional;

/**
 * One of the kinds of frames of an {@link AlternativesFraming}: what its frames begin with, and
 * what finds their end.
 *
 * @param kind finds the end of a frame that begins with {@code start}; it is not asked to search
 *     for the beginning
 * @param keep whether the payload is the whole frame, where {@code kind} removes something
 */
record Alternative(StartPattern start, Framing kind, boolean keep) {

    boolean scan(FrameScan scan, byte[] bytes, int from, int to, int resume) {
        int search = Math.min(to, from + start.length());
        return kind.scan(scan, bytes, from, to, Math.max(resume, search))
                && (!keep || scan.whole(from));
    }

    boolean deliversUnfinished(byte[] bytes, int length) {
        return start.length() == 0 && kind.deliversUnfinished(bytes, length);
    }

    int longestFrame(int length) {
        int whole = keep ? Math.max(length, kind.longestFrame(0)) : kind.longestFrame(length);
        return Math.max(start.length(), whole);
    }

    int encodedLength(byte[] payload) {
        return keep ? payload.length : kind.encodedLength(payload);
    }

    int encode(byte[] payload, byte[] target, int at) {
        if (keep) {
            System.arraycopy(payload, 0, target, at, payload.length);
            return at + payload.length;
        }
        return kind.encode(payload, target, at);
    }

    Optional<String> objection(byte[] payload) {
        return keep ? Optional.empty() : kind.objection(payload);
    }
}
