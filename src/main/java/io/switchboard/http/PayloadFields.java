package io.switchboard.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.net.Utf8;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;

/** The fields of a JSON body that can contain a payload. */
public final class PayloadFields {
    public static final Set<String> NAMES = Set.of("text", "hex", "base64");

    private PayloadFields() {}

    /**
     * Returns the payload that a field contains.
     *
     * @param name one of {@link #NAMES}
     * @throws IllegalArgumentException the value cannot be decoded; the message begins with the
     *     name
     */
    public static byte[] decode(String name, String value) {
        Optional<String> objection = name.equals("text") ? Utf8.objection(value) : Optional.empty();
        if (objection.isPresent()) {
            throw new IllegalArgumentException(name + " has " + objection.get());
        }
        try {
            return switch (name) {
                case "hex" -> HexFormat.of().parseHex(value);
                case "base64" -> Base64.getDecoder().decode(value);
                default -> value.getBytes(UTF_8);
            };
        } catch (IllegalArgumentException e) {
            String wanted =
                    name.equals("hex")
                            ? "it takes two hexadecimal digits for each byte, such as 0d0a"
                            : "it takes base64 (RFC 4648, section 4)";
            throw new IllegalArgumentException(
                    "%s cannot be decoded: %s: %s".formatted(name, wanted, e.getMessage()), e);
        }
    }
}
