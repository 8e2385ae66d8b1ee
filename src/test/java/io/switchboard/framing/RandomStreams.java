package io.switchboard.framing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Random bytes for tests of properties that every framing has. They contain many bytes that are
 * significant in some framing. The same seed produces the same bytes.
 */
final class RandomStreams {
    private static final Pattern START = Pattern.compile(",start=([^,]+)");

    /** Start and end marks, delimiters, digits and small lengths. */
    private static final byte[] SIGNIFICANT = {
        0, 1, 2, 3, 4, 5, 8, 0x0a, 0x0b, 0x0d, 0x0d, 0x1c, ' ', '0', '1', '2', '9', ';', 'a', 'a',
        'b'
    };

    /** The bytes of streams for {@link #composed} framings: also starts, escapes and braces. */
    private static final byte[] SIGNIFICANT_WHEN_COMPOSED = {
        0, 1, 2, 3, 4, 5, 0x0a, 0x0b, 0x0d, 0x1c, 0x7e, 0x7e, 0x7d, 0x5e, '0', '1', '2', ' ', '{',
        '}', '"', '\\', '$', '$', '#', '#', 'a', 'b', 'X'
    };

    private final Random random;

    RandomStreams(long seed) {
        random = new Random(seed);
    }

    /** Returns framings of each kind, with every option. */
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

    /** Returns framings with options, each of one kind, so that messages can be sent in it. */
    static Stream<Framing> composed() {
        return Stream.of(
                        "line,start=$",
                        "line,keep",
                        "crlf,keep,start=0x3?",
                        "nul,keep",
                        "delimiter:#|\\r\\n",
                        "delimiter:ab|a|b",
                        "delimiter:#,start=$",
                        "delimiter:#|$,start=$$,keep",
                        "delimiter:#,adjust=2",
                        "delimiter:#|ab,adjust=1,start=$,keep",
                        "delimiter:0x7e,start=0x7e",
                        "delimiter:0x7e,start=0x7e,keep",
                        "delimiter:0x7e,escape=0x7d^20",
                        "delimiter:0x7e,start=0x7e,escape=0x7d01>7d,escape=0x7d02>7e",
                        "delimiter:0x7e,start=0x7e,escape=0x7d01>7d,escape=0x7d02>7e,keep",
                        "delimiter:#,start=$,escape=0x5e^40,keep",
                        "delimiter:#,adjust=2,start=$,escape=0x5e^40",
                        "delimiter:0x6162,start=0x6162,escape=0x010203>6162,escape=0x010204>0102",
                        "length:3",
                        "length:2,adjust=2",
                        "length:1,offset=1,adjust=-1,start=$",
                        "length:1,offset=1,start=$,keep",
                        "length:1,mask=0x0f,unit=2,adjust=1,keep",
                        "length:bcd1",
                        "length:hex2,keep",
                        "length:hex1,inclusive",
                        "length:varint",
                        "length:varint,inclusive,offset=1",
                        "length:ascii,start=$,offset=1,adjust=1,keep",
                        "length:1,offset=1,start=$,escape=0x5e^40",
                        "length:2,escape=0x0100>01,escape=0x0101>00,keep",
                        "fixed:3,start=0x3??1",
                        "json",
                        "json,start={\"",
                        "stx-etx,keep",
                        "stx-etx:lrc,start=0x02??61",
                        "mllp:lenient",
                        "mllp,keep",
                        "octet-counted,keep")
                .map(Framing::of);
    }

    /** Returns framings of which each frame has one of several. */
    static Stream<Framing> alternatives() {
        return Stream.of(
                        "fixed:2,start=$ or line",
                        "fixed:2,start=$#,keep or delimiter:#|\\r\\n,start=$ or length:1,start=0x0?",
                        "length:1,start=0x00 or json or delimiter:0x7e,start=0x7e",
                        "fixed:3,start=0x??0? or delimiter:a|b",
                        "stx-etx or mllp:lenient,keep or fixed:1,start=0x05",
                        "delimiter:0x7e,start=0x7e,escape=0x7d^20 or delimiter:#,start=$")
                .map(Framing::of);
    }

    /** Returns all framings that can be sent. */
    static Stream<Framing> sendable() {
        return Stream.concat(framings(), composed());
    }

    static Stream<Framing> all() {
        return Stream.concat(sendable(), alternatives());
    }

    /** Returns a random payload. For a fixed framing most payloads have its length. */
    byte[] payload(Framing framing) {
        int length = random.nextInt(20);
        if (framing instanceof AlternativesFraming) {
            return composedPayload(framing, length);
        }
        return bytes(framing instanceof FixedFraming(int fixed) && length > 2 ? fixed : length);
    }

    /** Returns a payload that was found in random bytes, or other random bytes. */
    private byte[] composedPayload(Framing framing, int length) {
        for (int attempt = 0; attempt < 5; attempt++) {
            byte[] bytes = concat(begin(framing), bytes(SIGNIFICANT_WHEN_COMPOSED, length));
            List<byte[]> found = new FrameCollector(framing).read(bytes).frames();
            if (!found.isEmpty()) {
                return found.getLast();
            }
        }
        return bytes(SIGNIFICANT_WHEN_COMPOSED, length);
    }

    /** Returns the start of one of the alternatives, with random digits in place of the marks. */
    private byte[] begin(Framing framing) {
        String[] words = framing.word().split(" or ", -1);
        Matcher start = START.matcher(words[random.nextInt(words.length)]);
        if (!start.find()) {
            return new byte[0];
        }
        String text = start.group(1);
        while (text.startsWith("0x") && text.contains("?")) {
            text = text.replaceFirst("\\?", Integer.toHexString(random.nextInt(16)));
        }
        return text.startsWith("0x")
                ? HexFormat.of().parseHex(text.substring(2))
                : text.getBytes(ISO_8859_1);
    }

    byte[] bytes(int length) {
        return bytes(SIGNIFICANT, length);
    }

    private byte[] bytes(byte[] significant, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        for (int at = 0; at < length; at++) {
            if (random.nextInt(4) > 0) {
                bytes[at] = significant[random.nextInt(significant.length)];
            }
        }
        return bytes;
    }

    private static byte[] concat(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    /**
     * Returns frames, in some streams with random bytes between them; the last may be incomplete.
     */
    byte[] stream(Framing framing) {
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        int noise = random.nextInt(10);
        for (int count = random.nextInt(6); count >= 0; count--) {
            byte[] payload = payload(framing);
            if (framing.hasAlternatives()) {
                stream.writeBytes(begin(framing));
                stream.writeBytes(bytes(SIGNIFICANT_WHEN_COMPOSED, random.nextInt(12)));
            } else if (framing.objection(payload).isEmpty()) {
                stream.writeBytes(framing.encode(payload));
            }
            if (noise == 0) {
                stream.writeBytes(bytes(random.nextInt(6)));
            }
        }
        byte[] bytes = stream.toByteArray();
        return Arrays.copyOf(bytes, bytes.length - Math.min(bytes.length, random.nextInt(4)));
    }

    /** Returns the bytes in pieces of random length, often single bytes. */
    List<byte[]> pieces(byte[] bytes) {
        int maxPiece = 1 + random.nextInt(12);
        List<byte[]> pieces = new ArrayList<>();
        for (int from = 0; from < bytes.length; ) {
            int to = Math.min(bytes.length, from + 1 + random.nextInt(maxPiece));
            pieces.add(Arrays.copyOfRange(bytes, from, to));
            from = to;
        }
        return pieces;
    }
}
