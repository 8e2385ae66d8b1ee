package io.switchboard;

import java.util.regex.Pattern;

/**
 * A configuration key that something reads.
 *
 * @param key in dashed form; {@code *} stands for a name that the user chooses
 */
record KnownKey(String key) {

    /**
     * Whether this name means the key, by Spring Boot's relaxed binding.
     *
     * @param fromEnvironment names from environment variables may have a dot where the key has a
     *     dash
     */
    boolean is(String name, boolean fromEnvironment) {
        String pattern =
                Pattern.quote(key)
                        .replace("*", "\\E[^.]+\\Q")
                        .replace("-", fromEnvironment ? "\\E[.-]?\\Q" : "\\E-?\\Q");
        return Pattern.compile(pattern, Pattern.CASE_INSENSITIVE).matcher(name).matches();
    }

    /** The key with the user's own name in place of {@code *}. */
    String filledFrom(String name) {
        String[] mine = key.split("\\.", -1);
        String[] theirs = name.split("\\.", -1);
        for (int at = 0; at < mine.length; at++) {
            if (mine[at].equals("*") && at < theirs.length) {
                mine[at] = theirs[at];
            }
        }
        return String.join(".", mine);
    }

    /** How many characters must be inserted, removed or changed to make one of the other. */
    static int distance(String one, String other) {
        int[] row = new int[other.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= one.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int change = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[other.length()];
    }
}
