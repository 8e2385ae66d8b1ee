package io.switchboard.net;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CharsetEncoder;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Converts text to bytes and back in the charset of a listener, without loss. */
public final class Texts {
    private Texts() {}

    /**
     * Returns the charset that another node has named; UTF-8 if it has not, or with an unknown one.
     */
    public static Charset charset(@Nullable String name) {
        return name == null ? UTF_8 : Charset.forName(name, UTF_8);
    }

    /** Returns the text that these bytes encode, or empty if they are not valid in the charset. */
    public static Optional<String> decode(byte[] bytes, Charset charset) {
        if (charset.equals(UTF_8)) {
            return Utf8.decode(bytes);
        }
        try {
            // a new decoder reports what is malformed; String's constructor would replace it
            return Optional.of(charset.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    /** Returns why this text cannot be encoded in the charset, or empty if it can. */
    public static Optional<String> objection(String text, Charset charset) {
        Optional<String> objection = Utf8.objection(text);
        if (objection.isPresent() || charset.equals(UTF_8)) {
            return objection;
        }
        CharsetEncoder encoder = charset.newEncoder();
        if (encoder.canEncode(text)) {
            return Optional.empty();
        }
        int at = 0;
        int point = text.codePointAt(0);
        while (encoder.canEncode(Character.toString(point))) {
            at += Character.charCount(point);
            point = text.codePointAt(at);
        }
        return Optional.of(
                "%s (U+%04X) at character %d, which charset %s does not have: leave it out, or send bytes as hex or base64"
                        .formatted(
                                Printable.of(Character.toString(point)),
                                point,
                                at + 1,
                                charset.name()));
    }
}
