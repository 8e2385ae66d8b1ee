package io.switchboard.bench;

/**
 * Something that has a figure for every contestant.
 *
 * @param key stands for it in targets and in the JSON; has the number of peers in it where targets
 *     depend on that
 * @param unit such as {@code /s}
 * @param moreIsBetter false for times and memory
 */
record Measure(String key, String title, String unit, boolean moreIsBetter) {
    static Measure more(String key, String title, String unit) {
        return new Measure(key, title, unit, true);
    }

    static Measure less(String key, String title, String unit) {
        return new Measure(key, title, unit, false);
    }
}
