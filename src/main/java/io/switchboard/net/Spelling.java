package io.switchboard.net;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Finds the names that a misspelled one may mean. */
public final class Spelling {
    private static final int MOST_SIMILAR = 3;

    private Spelling() {}

    /**
     * Returns up to three of {@code known} that differ from {@code name} in at most a third of its
     * characters and at most two, or only in upper and lower case, the most similar first.
     */
    public static List<String> similar(String name, List<String> known) {
        String lower = name.toLowerCase(Locale.ROOT);
        int most = Math.min(2, name.length() / 3);
        return known.stream()
                .filter(each -> Math.abs(each.length() - name.length()) <= most)
                .filter(each -> distance(each.toLowerCase(Locale.ROOT), lower) <= most)
                .sorted(
                        Comparator.comparingInt((String each) -> distance(each, name))
                                .thenComparing(Comparator.naturalOrder()))
                .limit(MOST_SIMILAR)
                .toList();
    }

    /**
     * Returns the Levenshtein distance: how many characters must be inserted, removed or replaced
     * to turn one string into the other.
     */
    public static int distance(String one, String other) {
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
