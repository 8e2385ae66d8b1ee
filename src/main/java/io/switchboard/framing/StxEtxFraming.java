package io.switchboard.framing;

import java.util.Optional;

/**
 * Frames between STX and ETX, as scanners and scales send them. Bytes outside of frames are
 * skipped. Inside a received frame STX is data.
 *
 * @param lrc whether a check byte (LRC) follows ETX: the XOR of all bytes after STX up to and
 *     including ETX
 */
record StxEtxFraming(boolean lrc) implements Framing {
    static final StxEtxFraming PLAIN = new StxEtxFraming(false);
    static final StxEtxFraming LRC = new StxEtxFraming(true);

    private static final byte STX = 0x02;
    private static final byte ETX = 0x03;

    @Override
    public String word() {
        return lrc ? "stx-etx:lrc" : "stx-etx";
    }

    @Override
    public boolean scan(FrameScan scan, byte[] bytes, int from, int to, int resume) {
        int stx = from;
        while (stx < to && bytes[stx] != STX) {
            stx++;
        }
        scan.addNoise(stx - from);
        int etx = Math.max(stx + 1, resume);
        while (etx < to && bytes[etx] != ETX) {
            etx++;
        }
        int next = lrc ? etx + 2 : etx + 1;
        if (next > to) {
            return scan.unfinished(stx, Math.min(etx, to));
        }
        // if the frame is too long, the caller reports that, not the LRC: otherwise the fault would
        // depend on whether the frame arrived in one piece
        boolean fits = etx - stx - 1 <= scan.maxLength();
        if (lrc && fits && bytes[etx + 1] != check(bytes, stx + 1, etx + 1)) {
            return scan.invalid(
                    "a frame's LRC is 0x%02x, but the XOR of its bytes up to ETX is 0x%02x"
                            .formatted(bytes[etx + 1], check(bytes, stx + 1, etx + 1)));
        }
        return scan.found(stx + 1, etx, next);
    }

    private static byte check(byte[] bytes, int from, int to) {
        byte check = 0;
        for (int at = from; at < to; at++) {
            check ^= bytes[at];
        }
        return check;
    }

    @Override
    public int longestFrame(int length) {
        return length + (lrc ? 3 : 2);
    }

    @Override
    public int encode(byte[] payload, byte[] target, int at) {
        target[at] = STX;
        int end = Framing.super.encode(payload, target, at + 1);
        target[end++] = ETX;
        if (lrc) {
            target[end] = check(target, at + 1, end);
            end++;
        }
        return end;
    }

    @Override
    public Optional<String> objection(byte[] payload) {
        for (int at = 0; at < payload.length; at++) {
            if (payload[at] == STX || payload[at] == ETX) {
                String mark = payload[at] == STX ? "STX (0x02)" : "ETX (0x03)";
                return Optional.of("byte " + at + " of the payload is " + mark);
            }
        }
        return Optional.empty();
    }
}
