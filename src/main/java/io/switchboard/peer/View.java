package io.switchboard.peer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.util.HexFormat;

/** The text of a frame that a pattern is matched with. Different bytes are different texts. */
public enum View {
    /**
     * The text of the bytes in the charset of the listener. Each byte that is not valid in it is a
     * character from U+DC00 to U+DCFF, which no text contains; in UTF-8 from U+DC80.
     */
    TEXT {
        @Override
        String of(byte[] frame, Charset charset) {
            int length = Math.min(frame.length, MAX_LENGTH);
            String text = new String(frame, 0, length, charset);
            return text.indexOf(REPLACEMENT) < 0 ? text : escaped(frame, length, charset);
        }
    },
    /** Each byte is one character, as in ISO 8859-1. */
    BYTES {
        @Override
        String of(byte[] frame, Charset charset) {
            return new String(frame, 0, Math.min(frame.length, MAX_LENGTH), ISO_8859_1);
        }
    },
    /** Each byte is two hexadecimal digits, in lower case. */
    HEX {
        @Override
        String of(byte[] frame, Charset charset) {
            return HexFormat.of().formatHex(frame, 0, Math.min(frame.length, MAX_LENGTH / 2));
        }
    };

    /** The characters that are searched: the time for a search has a limit in every view. */
    private static final int MAX_LENGTH = 1_024;

    private static final char REPLACEMENT = '\ufffd';
    private static final int FIRST_INVALID = 0xdc00;

    /** Returns the text of the beginning of a frame, up to 1,024 characters. */
    abstract String of(byte[] frame, Charset charset);

    private static String escaped(byte[] frame, int length, Charset charset) {
        CharsetDecoder decoder =
                charset.newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer in = ByteBuffer.wrap(frame, 0, length);
        CharBuffer out =
                CharBuffer.allocate((int) Math.ceil(length * (double) decoder.maxCharsPerByte()));
        CoderResult result = decoder.decode(in, out, true);
        while (result.isError()) {
            for (int left = result.length(); left > 0; left--) {
                out.put((char) (FIRST_INVALID | (in.get() & 0xff)));
            }
            result = decoder.decode(in, out, true);
        }
        return out.flip().toString();
    }

    /** Returns the byte that is not UTF-8 for which the character stands; -1 if there is none. */
    static int invalidByte(int codePoint) {
        int value = codePoint - FIRST_INVALID;
        return value >= 0x80 && value <= 0xff ? value : -1;
    }
}
