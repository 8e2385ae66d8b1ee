package io.switchboard.framing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * A frame ends at given bytes, which do not belong to the payload.
 *
 * @param delimiter 1 to 8 bytes, each a character of Latin-1
 */
record Delimited(String delimiter) implements Framing {
    static final Delimited NUL = new Delimited("\0");

    private static final int LONGEST = 8;

    static Framing parse(String value) {
        String delimiter = value.startsWith("0x") ? hex(value.substring(2)) : Escapes.read(value);
        if (delimiter.isEmpty() || delimiter.length() > LONGEST) {
            throw new IllegalArgumentException(
                    ("the delimiter has %d bytes: it takes 1 to %d, as in delimiter:; or"
                                    + " delimiter:\\r\\n or delimiter:0x1e")
                            .formatted(delimiter.length(), LONGEST));
        }
        return new Delimited(delimiter);
    }

    private static String hex(String digits) {
        try {
            return new String(HexFormat.of().parseHex(digits), ISO_8859_1);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "'" + digits + "' behind 0x is not two hex digits a byte, as in 0x0d0a", e);
        }
    }

    @Override
    public String word() {
        return delimiter.equals("\0") ? "nul" : "delimiter:" + Escapes.write(delimiter);
    }

    @Override
    public boolean cut(Cut cut, byte[] bytes, int from, int to, int resume) {
        int last = to - delimiter.length();
        for (int at = resume; at <= last; at++) {
            if (isAt(at, bytes)) {
                return cut.found(from, at, at + delimiter.length());
            }
        }
        return cut.unfinished(from, Math.max(resume, last + 1));
    }

    private boolean isAt(int at, byte[] bytes) {
        for (int i = 0; i < delimiter.length(); i++) {
            if (bytes[at + i] != (byte) delimiter.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public int encodedLength(int length) {
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
     * <p>A payload may also end in what makes a delimiter together with the first bytes of the one
     * behind it: {@code a} before {@code aa}.
     */
    @Override
    public Optional<String> objection(byte[] payload) {
        for (int at = 0; at < payload.length; at++) {
            if (wouldEnd(payload, at)) {
                String hex = "0x" + HexFormat.of().formatHex(delimiter.getBytes(ISO_8859_1));
                String objection =
                        at + delimiter.length() <= payload.length
                                ? "at byte %d of the payload is the delimiter %s"
                                : "byte %d of the payload begins a delimiter %s that the one"
                                        + " behind the payload completes";
                return Optional.of(objection.formatted(at, hex));
            }
        }
        return Optional.empty();
    }

    private boolean wouldEnd(byte[] payload, int at) {
        for (int i = 0; i < delimiter.length(); i++) {
            int behind = at + i - payload.length;
            byte there = behind < 0 ? payload[at + i] : (byte) delimiter.charAt(behind);
            if (there != (byte) delimiter.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public List<byte[]> split(byte[] payload) {
        return Cut.parts(this, payload);
    }
}
