package io.switchboard.framing;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Random bytes for properties that every framing has: rich in the bytes that mean something to one
 * of them. The same seed makes the same bytes.
 */
final class Streams {
    /** Marks, delimiters, digits and small lengths. */
    private static final byte[] TELLING = {
        0, 1, 2, 3, 4, 5, 8, 0x0a, 0x0b, 0x0d, 0x0d, 0x1c, ' ', '0', '1', '2', '9', ';', 'a', 'a',
        'b'
    };

    private final Random random;

    Streams(long seed) {
        random = new Random(seed);
    }

    /** One of each kind, with every option. */
    static Stream<Framing> framings() {
        return Stream.of(
                        "line",
                        "lf",
                        "crlf",
                        "nul",
                        "delimiter:;",
                        "delimiter:\\r",
                        "delimiter:aa",
                        "delimiter:aab",
                        "delimiter:0x0102010301020104",
                        "stx-etx",
                        "stx-etx:lrc",
                        "mllp",
                        "octet-counted",
                        "fixed:1",
                        "fixed:8",
                        "length:1",
                        "length:1,inclusive",
                        "length:2",
                        "length:2,little",
                        "length:2,inclusive,offset=3",
                        "length:2,offset=4",
                        "length:4",
                        "length:4,little,inclusive",
                        "length:ascii1",
                        "length:ascii4",
                        "length:ascii3,inclusive,offset=2")
                .map(Framing::of);
    }

    /** Any payload; of a length that the framing can carry, where it has few. */
    byte[] payload(Framing framing) {
        int length = random.nextInt(20);
        return bytes(framing instanceof Fixed(int only) && length > 2 ? only : length);
    }

    byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        for (int at = 0; at < length; at++) {
            if (random.nextInt(4) > 0) {
                bytes[at] = TELLING[random.nextInt(TELLING.length)];
            }
        }
        return bytes;
    }

    /** Frames, and between them now and then what is none; the last may be broken off. */
    byte[] stream(Framing framing) {
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        int noise = random.nextInt(10);
        for (int count = random.nextInt(6); count >= 0; count--) {
            byte[] payload = payload(framing);
            if (framing.objection(payload).isEmpty()) {
                stream.writeBytes(framing.encode(payload));
            }
            if (noise == 0) {
                stream.writeBytes(bytes(random.nextInt(6)));
            }
        }
        byte[] bytes = stream.toByteArray();
        return Arrays.copyOf(bytes, bytes.length - Math.min(bytes.length, random.nextInt(4)));
    }

    /** The same bytes in pieces; often in single ones. */
    List<byte[]> pieces(byte[] bytes) {
        int longest = 1 + random.nextInt(12);
        List<byte[]> pieces = new ArrayList<>();
        for (int from = 0; from < bytes.length; ) {
            int to = Math.min(bytes.length, from + 1 + random.nextInt(longest));
            pieces.add(Arrays.copyOfRange(bytes, from, to));
            from = to;
        }
        return pieces;
    }
}
