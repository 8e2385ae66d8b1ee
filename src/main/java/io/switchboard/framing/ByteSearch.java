package io.switchboard.framing;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Searches an array for a byte, eight bytes at a time. */
final class ByteSearch {
    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long ONES = 0x0101_0101_0101_0101L;
    private static final long HIGH_BITS = 0x8080_8080_8080_8080L;

    private ByteSearch() {}

    /** Returns the offset of the first such byte in {@code bytes[from, to)}; {@code to} if none. */
    static int indexOf(byte value, byte[] bytes, int from, int to) {
        long pattern = (value & 0xff) * ONES;
        int at = from;
        for (; at <= to - Long.BYTES; at += Long.BYTES) {
            long difference = (long) LONGS.get(bytes, at) ^ pattern;
            // The lowest bit that is set belongs to the first zero byte of the difference. Higher
            // ones may be wrong, because the subtraction borrows from the bytes above.
            long found = (difference - ONES) & ~difference & HIGH_BITS;
            if (found != 0) {
                return at + Long.numberOfTrailingZeros(found) / Byte.SIZE;
            }
        }
        while (at < to && bytes[at] != value) {
            at++;
        }
        return at;
    }
}
