package io.switchboard.bench.report;

/**
 * A measured quantity, which has a value for each contestant.
 *
 * @param key identifies the measure in {@link Targets} and in {@code results.json}; contains the
 *     number of peers if a target depends on it
 * @param unit the unit, such as {@code /s}
 * @param moreIsBetter false for times and memory
 */
public record Measure(String key, String title, String unit, boolean moreIsBetter) {
    public static Measure more(String key, String title, String unit) {
        return new Measure(key, title, unit, true);
    }

    public static Measure less(String key, String title, String unit) {
        return new Measure(key, title, unit, false);
    }
}
