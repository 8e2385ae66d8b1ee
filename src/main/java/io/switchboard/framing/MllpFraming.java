package io.switchboard.framing;

import java.util.Optional;

/**
 * Frames of HL7's Minimal Lower Layer Protocol, between VT and FS CR. Bytes outside of frames are
 * skipped.
 *
 * @param lenient whether FS ends a frame without CR too. A CR after it is then outside of frames
 */
record MllpFraming(boolean lenient) implements Framing {
    static final MllpFraming MLLP = new MllpFraming(false);
    static final MllpFraming LENIENT = new MllpFraming(true);

    private static final byte VT = 0x0b;
    private static final byte FS = 0x1c;
    private static final byte CR = 0x0d;

    @Override
    public String word() {
        return lenient ? "mllp:lenient" : "mllp";
    }

    @Override
    public boolean scan(FrameScan scan, byte[] bytes, int from, int to, int resume) {
        int vt = from;
        while (vt < to && bytes[vt] != VT) {
            vt++;
        }
        scan.addNoise(vt - from);
        int mark = lenient ? 1 : 2;
        int fs = Math.max(vt + 1, resume);
        while (fs + mark <= to && !endsAt(fs, bytes, to)) {
            fs++;
        }
        return fs + mark <= to
                ? scan.found(vt + 1, fs, fs + mark)
                : scan.unfinished(vt, Math.min(fs, to));
    }

    private boolean endsAt(int at, byte[] bytes, int to) {
        return bytes[at] == FS && (lenient || (at + 1 < to && bytes[at + 1] == CR));
    }

    @Override
    public int longestFrame(int length) {
        return length + 3;
    }

    @Override
    public int encode(byte[] payload, byte[] target, int at) {
        target[at] = VT;
        int end = Framing.super.encode(payload, target, at + 1);
        target[end] = FS;
        target[end + 1] = CR;
        return end + 2;
    }

    @Override
    public Optional<String> objection(byte[] payload) {
        for (int at = 0; at < payload.length; at++) {
            if (endsAt(at, payload, payload.length)) {
                String mark = lenient ? "FS (0x1c)" : "FS CR (0x1c0d)";
                return Optional.of("at byte " + at + " of the payload is " + mark);
            }
        }
        return Optional.empty();
    }
}
