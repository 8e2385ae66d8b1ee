package io.switchboard.framing;

import java.util.Optional;

/** HL7's Minimal Lower Layer Protocol: a frame is between VT and FS CR; other bytes are skipped. */
record Mllp() implements Framing {
    static final Mllp MLLP = new Mllp();

    private static final byte VT = 0x0b;
    private static final byte FS = 0x1c;
    private static final byte CR = 0x0d;

    @Override
    public String word() {
        return "mllp";
    }

    @Override
    public boolean cut(Cut cut, byte[] bytes, int from, int to, int resume) {
        int vt = from;
        while (vt < to && bytes[vt] != VT) {
            vt++;
        }
        int fs = Math.max(vt + 1, resume);
        while (fs + 1 < to && !(bytes[fs] == FS && bytes[fs + 1] == CR)) {
            fs++;
        }
        return fs + 1 < to ? cut.found(vt + 1, fs, fs + 2) : cut.unfinished(vt, Math.min(fs, to));
    }

    @Override
    public int encodedLength(int length) {
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
        for (int at = 0; at + 1 < payload.length; at++) {
            if (payload[at] == FS && payload[at + 1] == CR) {
                return Optional.of("at byte " + at + " of the payload is FS CR (0x1c0d)");
            }
        }
        return Optional.empty();
    }
}
