package io.switchboard.transport;

import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Permissions of a file as people write them: {@code 0660} as chmod(1) takes them, or {@code
 * rw-rw----} as ls(1) shows them.
 */
final class SocketMode {
    private static final Pattern OCTAL = Pattern.compile("0[0-7]{3}");
    private static final int ALL = 9;

    private SocketMode() {}

    /**
     * Reads them.
     *
     * @throws IllegalArgumentException for anything else, what YAML makes of a bare 0660 included
     */
    static Set<PosixFilePermission> of(String text) {
        try {
            return PosixFilePermissions.fromString(
                    OCTAL.matcher(text).matches() ? symbolic(text) : text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "mode is "
                            + text
                            + ": it takes rw-rw---- or, in quotes where YAML is read, \"0660\"",
                    e);
        }
    }

    private static String symbolic(String octal) {
        int bits = Integer.parseInt(octal, 8);
        StringBuilder text = new StringBuilder();
        for (int bit = ALL - 1; bit >= 0; bit--) {
            text.append((bits >> bit & 1) == 0 ? '-' : "xwr".charAt(bit % 3));
        }
        return text.toString();
    }
}
