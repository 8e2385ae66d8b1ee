package io.switchboard.web;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.SerializableString;
import tools.jackson.core.io.CharacterEscapes;
import tools.jackson.core.io.SerializedString;

/**
 * Escapes also the line ends that JSON allows in a string and many a client's line reader splits
 * at, Python's {@code splitlines} among them: NEL, LINE SEPARATOR and PARAGRAPH SEPARATOR.
 */
final class LineEscapes extends CharacterEscapes {
    private static final long serialVersionUID = 1;

    private static final int NEL = 0x85;
    private static final int LINE_SEPARATOR = 0x2028;
    private static final int PARAGRAPH_SEPARATOR = 0x2029;

    @Override
    public int[] getEscapeCodesForAscii() {
        return standardAsciiEscapesForJSON();
    }

    @Override
    public @Nullable SerializableString getEscapeSequence(int character) {
        return switch (character) {
            case NEL -> new SerializedString("\\u0085");
            case LINE_SEPARATOR -> new SerializedString("\\u2028");
            case PARAGRAPH_SEPARATOR -> new SerializedString("\\u2029");
            default -> null;
        };
    }
}
