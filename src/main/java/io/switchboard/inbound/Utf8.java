package io.switchboard.inbound;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Optional;

/** Tells text from other bytes. */
public final class Utf8 {
    private Utf8() {}

    /** The text that these bytes are in UTF-8, or nothing where they are none. */
    public static Optional<String> decode(byte[] bytes) {
        try {
            // a new decoder reports what is malformed; String's constructor would replace it
            return Optional.of(UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }
}
