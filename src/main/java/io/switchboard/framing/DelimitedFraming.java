package io.switchboard.framing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * Frames that end with a delimiter, which is not part of the payload.
 *
 * @param delimiter 1 to 8 bytes, as Latin-1 characters
 */
record DelimitedFraming(String delimiter) implements Framing {
    static final DelimitedFraming NUL = new DelimitedFraming("\0");

    private static final int MAX_LENGTH = 8;

    /** Returns the bytes of one delimiter in {@code value}, which may have several. */
    static String delimiter(String text, String value) {
        String delimiter = text.startsWith("0x") ? hex(text.substring(2)) : Escapes.read(text);
        if (delimiter.isEmpty() || delimiter.length() > MAX_LENGTH) {
            throw new IllegalArgumentException(
                    ("the delimiter has %d bytes: it takes 1 to %d, as in delimiter:; or"
                                    + " delimiter:\\r\\n or delimiter:0x1e%s")
                            .formatted(
                                    delimiter.length(),
                                    MAX_LENGTH,
                                    value.contains("|")
                                            ? "; | separates delimiters, and in one it is written"
                                                    + " \\x7c"
                                            : ""));
        }
        return delimiter;
    }

    private static String hex(String digits) {
        try {
            return new String(HexFormat.of().parseHex(digits), ISO_8859_1);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "'" + digits + "' after 0x is not two hex digits per byte, as in 0x0d0a", e);
        }
    }

    @Override
    public String word() {
        return delimiter.equals("\0") ? "nul" : "delimiter:" + Escapes.write(delimiter);
    }

    @Override
    public boolean scan(FrameScan scan, byte[] bytes, int from, int to, int resume) {
        int last = to - delimiter.length();
        for (int at = resume; at <= last; at++) {
            if (delimiterAt(at, bytes)) {
                return scan.found(from, at, at + delimiter.length());
            }
        }
        return scan.unfinished(from, Math.max(resume, last + 1));
    }

    private boolean delimiterAt(int at, byte[] bytes) {
        for (int i = 0; i < delimiter.length(); i++) {
            if (bytes[at + i] != (byte) delimiter.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public boolean deliversUnfinished(byte[] bytes, int length) {
        return true;
    }

    @Override
    public int longestFrame(int length) {
        return length + delimiter.length();
    }

    @Override
    public int encode(byte[] payload, byte[] target, int at) {
        return append(payload, delimiter, target, at);
    }

    /** Appends the payload and the delimiter, and returns the offset after them. */
    static int append(byte[] payload, String delimiter, byte[] target, int at) {
        System.arraycopy(payload, 0, target, at, payload.length);
        int end = at + payload.length;
        for (int i = 0; i < delimiter.length(); i++) {
            target[end++] = (byte) delimiter.charAt(i);
        }
        return end;
    }

    /**
     * {@inheritDoc}
     *
     * <p>A payload is also refused if its last bytes and the first bytes of the delimiter after it
     * form a delimiter: with the delimiter {@code aa}, a payload that ends in {@code a}.
     */
    @Override
    public Optional<String> objection(byte[] payload) {
        for (int at = 0; at < payload.length; at++) {
            if (endsFrame(payload, at)) {
                String hex = "0x" + HexFormat.of().formatHex(delimiter.getBytes(ISO_8859_1));
                String objection =
                        at + delimiter.length() <= payload.length
                                ? "at byte %d of the payload is the delimiter %s"
                                : "byte %d of the payload begins a delimiter %s that the one"
                                        + " after the payload completes";
                return Optional.of(objection.formatted(at, hex));
            }
        }
        return Optional.empty();
    }

    private boolean endsFrame(byte[] payload, int at) {
        for (int i = 0; i < delimiter.length(); i++) {
            int after = at + i - payload.length;
            byte actual = after < 0 ? payload[at + i] : (byte) delimiter.charAt(after);
            if (actual != (byte) delimiter.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public List<byte[]> split(byte[] payload) {
        return FrameScan.parts(this, payload);
    }
}
