package io.switchboard.peer;

import io.switchboard.net.Printable;
import java.util.Optional;

/**
 * Validates the names of peers and groups. A valid name can be used in a URL path and printed on a
 * terminal.
 */
public final class Names {
    private static final int MAX_LENGTH = 128;
    private static final String RESERVED = "/\\?#%;";

    private Names() {}

    /** Returns why a text is not a valid peer name, as printable text; empty if it is valid. */
    public static Optional<String> nameError(String name) {
        if (name.equals("all") || name.matches("(group|listener|transport|node|udp|tcp|tls):.*")) {
            String printable = Printable.of(name);
            return Optional.of(
                    "the name '" + printable + "' is reserved for another kind of target");
        }
        return PeerId.parse(name).isPresent()
                ? Optional.of("the name '" + name + "' looks like an id")
                : error("name", name);
    }

    /** Returns why a text is not a valid group name, as printable text; empty if it is valid. */
    public static Optional<String> groupError(String group) {
        return error("group", group);
    }

    private static Optional<String> error(String kind, String text) {
        int length = text.codePointCount(0, text.length());
        if (length < 1 || length > MAX_LENGTH) {
            return Optional.of(
                    "a %s takes 1 to %d characters, not %d".formatted(kind, MAX_LENGTH, length));
        }
        if (!text.strip().equals(text)) {
            return Optional.of("a " + kind + " must not begin or end with white space");
        }
        return text.codePoints()
                .filter(each -> !isAllowed(each))
                .mapToObj(each -> "a " + kind + " must not contain the character " + describe(each))
                .findFirst();
    }

    private static boolean isAllowed(int codePoint) {
        return RESERVED.indexOf(codePoint) < 0
                && switch (Character.getType(codePoint)) {
                    case Character.CONTROL,
                            Character.FORMAT,
                            Character.SURROGATE,
                            Character.PRIVATE_USE,
                            Character.UNASSIGNED,
                            Character.LINE_SEPARATOR,
                            Character.PARAGRAPH_SEPARATOR ->
                            false;
                    default -> codePoint != 0xFFFD; // the replacement for invalid UTF-8
                };
    }

    private static String describe(int codePoint) {
        int invalid = View.invalidByte(codePoint);
        if (invalid >= 0) {
            return "0x%02x, which is not UTF-8".formatted(invalid);
        }
        String number = "U+%04X".formatted(codePoint);
        return codePoint > ' ' && codePoint < 0x7F
                ? "'" + Character.toString(codePoint) + "' (" + number + ")"
                : number;
    }
}
