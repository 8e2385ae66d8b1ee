package io.switchboard.framing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** The bytes with which frames begin. In hex a digit can be {@code ?}, which stands for any. */
final class StartPattern {

    /** Whether bytes match; {@code UNDECIDED} if more bytes are needed to know. */
    enum Match {
        YES,
        NO,
        UNDECIDED
    }

    /** Matches before every byte, and at the end of the stream. */
    static final StartPattern NONE = new StartPattern("", new byte[0], new byte[0]);

    private static final int MAX_LENGTH = 16;
    private static final Pattern DIGITS = Pattern.compile("([0-9a-fA-F?]{2})*");

    private final String text;
    private final byte[] value;

    /** The bits of each byte that are compared. */
    private final byte[] mask;

    private StartPattern(String text, byte[] value, byte[] mask) {
        this.text = text;
        this.value = value;
        this.mask = mask;
    }

    static StartPattern of(byte... bytes) {
        byte[] mask = new byte[bytes.length];
        Arrays.fill(mask, (byte) 0xff);
        return new StartPattern("0x" + HexFormat.of().formatHex(bytes), bytes, mask);
    }

    static StartPattern parse(String text) {
        StartPattern pattern =
                text.startsWith("0x")
                        ? hex(text.substring(2))
                        : of(Escapes.read(text).getBytes(ISO_8859_1));
        if (pattern.length() == 0 || pattern.length() > MAX_LENGTH) {
            throw new IllegalArgumentException(
                    "start has %d bytes: it takes 1 to %d, as in start=$$ or start=0x7878 or start=0x3?"
                            .formatted(pattern.length(), MAX_LENGTH));
        }
        return pattern;
    }

    private static StartPattern hex(String digits) {
        if (!DIGITS.matcher(digits).matches()) {
            throw new IllegalArgumentException(
                    "'"
                            + digits
                            + "' after start=0x is not two hex digits or ? per byte, as in"
                            + " start=0x7878 or start=0x3?");
        }
        byte[] value = HexFormat.of().parseHex(digits.replace('?', '0'));
        byte[] mask = HexFormat.of().parseHex(digits.replaceAll("[^?]", "f").replace('?', '0'));
        return new StartPattern("0x" + digits, value, mask);
    }

    /** Returns this pattern with this first byte, which it may have permitted others beside. */
    StartPattern withFirst(byte first) {
        byte[] narrowed = value.clone();
        byte[] bits = mask.clone();
        narrowed[0] = first;
        bits[0] = (byte) 0xff;
        return new StartPattern(text, narrowed, bits);
    }

    int length() {
        return value.length;
    }

    /** Returns whether this byte can be the first; true if there is no pattern. */
    boolean canBegin(byte first) {
        return value.length == 0 || ((first ^ value[0]) & mask[0]) == 0;
    }

    /** Returns the first byte if there is no choice of it; otherwise nothing. */
    byte[] first() {
        return mask.length > 0 && mask[0] == (byte) 0xff ? Arrays.copyOf(value, 1) : new byte[0];
    }

    /** Returns whether only these bytes match. */
    boolean isOnly(byte[] bytes) {
        boolean literal = true;
        for (byte bits : mask) {
            literal &= bits == (byte) 0xff;
        }
        return literal && Arrays.equals(value, bytes);
    }

    Match match(byte[] bytes, int from, int to) {
        int compared = Math.min(value.length, to - from);
        for (int i = 0; i < compared; i++) {
            if (((bytes[from + i] ^ value[i]) & mask[i]) != 0) {
                return Match.NO;
            }
        }
        return compared == value.length ? Match.YES : Match.UNDECIDED;
    }

    @Override
    public String toString() {
        return text;
    }
}
