package io.switchboard.framing;

import java.util.Optional;

/**
 * A frame stands between STX and ETX, as scanners and scales send it; what comes outside of them is
 * skipped. Inside a received frame STX is data.
 *
 * @param lrc whether a check byte follows ETX: the XOR of every byte behind STX, ETX included
 */
record StxEtx(boolean lrc) implements Framing {
    static final StxEtx PLAIN = new StxEtx(false);
    static final StxEtx LRC = new StxEtx(true);

    private static final byte STX = 0x02;
    private static final byte ETX = 0x03;

    @Override
    public String word() {
        return lrc ? "stx-etx:lrc" : "stx-etx";
    }

    @Override
    public boolean cut(Cut cut, byte[] bytes, int from, int to, int resume) {
        int stx = from;
        while (stx < to && bytes[stx] != STX) {
            stx++;
        }
        int etx = Math.max(stx + 1, resume);
        while (etx < to && bytes[etx] != ETX) {
            etx++;
        }
        int next = lrc ? etx + 2 : etx + 1;
        if (next > to) {
            return cut.unfinished(stx, Math.min(etx, to));
        }
        // of one that is too long the caller says so, whether or not it came in one piece
        boolean mayPass = etx - stx - 1 <= cut.longest();
        if (lrc && mayPass && bytes[etx + 1] != check(bytes, stx + 1, etx + 1)) {
            return cut.invalid(
                    "a frame's LRC is 0x%02x, and its bytes up to ETX give 0x%02x"
                            .formatted(bytes[etx + 1], check(bytes, stx + 1, etx + 1)));
        }
        return cut.found(stx + 1, etx, next);
    }

    private static byte check(byte[] bytes, int from, int to) {
        byte check = 0;
        for (int at = from; at < to; at++) {
            check ^= bytes[at];
        }
        return check;
    }

    @Override
    public int encodedLength(int length) {
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
