package io.switchboard.net;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Optional;

/** Checks that text and bytes can be converted to each other without loss. */
public final class Utf8 {
    private Utf8() {}

    /** Returns the text that these bytes encode, or empty if they are not valid UTF-8. */
    public static Optional<String> decode(byte[] bytes) {
        try {
            // a new decoder reports what is malformed; String's constructor would replace it
            return Optional.of(UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    /**
     * Returns why this text cannot be encoded in UTF-8, or empty if it can. Text from JSON may
     * contain an unpaired surrogate, such as <code>"&#92;ud800"</code>, which {@link
     * String#getBytes} would silently replace by {@code ?}.
     */
    public static Optional<String> objection(String text) {
        for (int at = 0; at < text.length(); at++) {
            if (Character.isSurrogate(text.charAt(at))) {
                if (!Character.isSupplementaryCodePoint(text.codePointAt(at))) {
                    return Optional.of(
                            "\\u%04x at character %d, half of a surrogate pair, which no UTF-8 can carry: spell both halves, or send bytes as hex or base64"
                                    .formatted((int) text.charAt(at), at + 1));
                }
                at++;
            }
        }
        return Optional.empty();
    }
}
