package io.switchboard.framing;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Frames of one or more kinds, each of which may have a start. The first alternative whose start
 * matches takes the next frame. Bytes that no alternative takes are skipped, or are messages.
 *
 * <p>Each byte outside of a frame is compared with each start at most once, and is compared again
 * only if more bytes are needed to know whether it begins a frame. Starts, alternatives and
 * delimiters are few and short, so the work for a byte has a limit, whatever peers send.
 */
final class AlternativesFraming implements Framing {
    /** The bytes outside of frames that one scan skips at most. */
    private static final int MAX_SKIPPED = 1_024;

    private final String word;
    private final Alternative[] alternatives;
    private final boolean deliversOutside;

    /** Whether a byte can be the first of a frame. */
    private final boolean[] first = new boolean[256];

    AlternativesFraming(String word, List<Alternative> alternatives, boolean deliversOutside) {
        this.word = word;
        this.alternatives = alternatives.toArray(Alternative[]::new);
        this.deliversOutside = deliversOutside;
        for (int value = 0; value < first.length; value++) {
            byte candidate = (byte) value;
            first[value] = alternatives.stream().anyMatch(each -> each.start().canBegin(candidate));
        }
    }

    @Override
    public String word() {
        return word;
    }

    @Override
    public boolean hasAlternatives() {
        return alternatives.length > 1;
    }

    @Override
    public boolean scan(FrameScan scan, byte[] bytes, int from, int to, int resume) {
        int at = from;
        int limit = deliversOutside ? scan.maxLength() : MAX_SKIPPED;
        int end = to - from > limit ? from + limit : to;
        Alternative taker = null;
        StartPattern.Match match = StartPattern.Match.NO;
        while (at < end && match == StartPattern.Match.NO) {
            for (int i = 0; first[bytes[at] & 0xff] && i < alternatives.length; i++) {
                taker = alternatives[i];
                match = taker.start().match(bytes, at, to);
                if (match != StartPattern.Match.NO) {
                    break;
                }
            }
            at += match == StartPattern.Match.NO ? 1 : 0;
        }
        if (deliversOutside && at > from) {
            return scan.found(from, at, at);
        }
        scan.addNoise(at - from);
        if (taker != null && match == StartPattern.Match.YES) {
            return taker.scan(scan, bytes, at, to, Math.max(resume, at));
        }
        return (at == end && end < to) ? scan.skipped(end) : scan.unfinished(at, at);
    }

    /**
     * The alternative that has begun the unfinished frame decides; none has if it may still begin.
     */
    @Override
    public boolean deliversUnfinished(byte[] bytes, int length) {
        for (Alternative each : alternatives) {
            if (each.start().match(bytes, 0, length) == StartPattern.Match.YES) {
                return each.deliversUnfinished(bytes, length);
            }
        }
        return false;
    }

    @Override
    public int longestFrame(int length) {
        int longest = 0;
        for (Alternative each : alternatives) {
            longest = Math.max(longest, each.longestFrame(length));
        }
        return longest;
    }

    @Override
    public int encodedLength(byte[] payload) {
        return hasAlternatives() ? payload.length : alternatives[0].encodedLength(payload);
    }

    @Override
    public int encode(byte[] payload, byte[] target, int at) {
        return alternatives[0].encode(payload, target, at);
    }

    /**
     * {@inheritDoc}
     *
     * <p>The frame is scanned as the receiver would, so that no payload arrives as another.
     */
    @Override
    public Optional<String> objection(byte[] payload) {
        if (hasAlternatives()) {
            return Optional.of(
                    "the payload has to be framed in one way, and these are alternatives");
        }
        Optional<String> objection = alternatives[0].objection(payload);
        if (objection.isPresent()) {
            return objection;
        }
        byte[] frame = encode(payload);
        StartPattern start = alternatives[0].start();
        if (start.match(frame, 0, frame.length) != StartPattern.Match.YES) {
            return Optional.of("the payload does not begin with the start " + start);
        }
        FrameScan scan = new FrameScan(Math.max(1, frame.length));
        if (!scan(scan, frame, 0, frame.length, 0) || scan.isSkipped()) {
            String fault = scan.fault();
            return Optional.of(
                    fault != null
                            ? "the payload is not a frame, since " + fault
                            : payload.length == 0
                                    ? "the payload is empty, and empty frames are skipped"
                                    : "the payload, of %d bytes, is not a complete frame"
                                            .formatted(payload.length));
        }
        if (scan.next() < frame.length) {
            return Optional.of(
                    "the payload would be more than one frame: the first ends after %d of %d bytes"
                            .formatted(scan.next(), frame.length));
        }
        return Arrays.equals(payload, scan.payload(frame))
                ? Optional.empty()
                : Optional.of("the payload would be received as other bytes");
    }

    @Override
    public List<byte[]> split(byte[] payload) {
        boolean delimited =
                !hasAlternatives()
                        && (alternatives[0].keep()
                                || alternatives[0].kind() instanceof LineFraming
                                || alternatives[0].kind() instanceof DelimitersFraming);
        return delimited && splits() ? FrameScan.parts(this, payload) : List.of(payload);
    }

    private boolean splits() {
        return alternatives[0].kind() instanceof DelimitersFraming delimiters
                ? delimiters.splits()
                : alternatives[0].keep() || alternatives[0].start().length() == 0;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AlternativesFraming framing && framing.word.equals(word);
    }

    @Override
    public int hashCode() {
        return word.hashCode();
    }

    @Override
    public String toString() {
        return word;
    }
}
