package io.switchboard.peer;

import java.util.Optional;

/** What names and groups may be called: whatever fits a URL's path and a terminal's line. */
public final class Names {
    private static final int LONGEST = 128;
    private static final String IN_THE_WAY = "/\\?#%;";

    private Names() {}

    /** Returns why this cannot be a peer's name, as printable text; empty if it can. */
    public static Optional<String> objectionToName(String name) {
        if (name.equals("all") || name.matches("(group|listener|transport|node|udp):.*")) {
            String spelled = Printable.of(name);
            return Optional.of("the name '" + spelled + "' would read as a target of another kind");
        }
        return PeerId.parse(name).isPresent()
                ? Optional.of("the name '" + name + "' looks like an id")
                : objection("name", name);
    }

    /** Why this cannot be a group's name. */
    public static Optional<String> objectionToGroup(String group) {
        return objection("group", group);
    }

    private static Optional<String> objection(String what, String text) {
        int length = text.codePointCount(0, text.length());
        if (length < 1 || length > LONGEST) {
            return Optional.of(
                    "a " + what + " of " + length + " characters: it takes 1 to " + LONGEST);
        }
        if (!text.strip().equals(text)) {
            return Optional.of("a " + what + " with space at its ends");
        }
        return text.codePoints()
                .filter(each -> !isFit(each))
                .mapToObj(each -> "a " + what + " with the character " + spell(each))
                .findFirst();
    }

    private static boolean isFit(int codePoint) {
        return IN_THE_WAY.indexOf(codePoint) < 0
                && switch (Character.getType(codePoint)) {
                    case Character.CONTROL,
                            Character.FORMAT,
                            Character.SURROGATE,
                            Character.PRIVATE_USE,
                            Character.UNASSIGNED,
                            Character.LINE_SEPARATOR,
                            Character.PARAGRAPH_SEPARATOR ->
                            false;
                    default -> codePoint != 0xFFFD; // what stands for bytes that are no UTF-8
                };
    }

    private static String spell(int codePoint) {
        String number = "U+%04X".formatted(codePoint);
        return codePoint > ' ' && codePoint < 0x7F
                ? "'" + Character.toString(codePoint) + "' (" + number + ")"
                : number;
    }
}
