package io.switchboard.bench.report;

import io.switchboard.bench.contestant.ScriptServer;
import io.switchboard.bench.contestant.Switchboard;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * A bound for a median of Switchboard, or for its ratio to another median of the same run.
 *
 * @param key key of the measure
 * @param byKey key of the measure to divide by; empty for a bound in the unit of the measure
 * @param byContestant contestant whose median is the divisor
 * @param isMinimum whether the bound is a minimum; otherwise it is a maximum
 * @param text the target as the table shows it
 */
record Target(
        String key,
        String byKey,
        String byContestant,
        boolean isMinimum,
        double bound,
        String text) {

    /** Returns a minimum for the ratio to the same measure of Node.js. */
    static Target atLeastNode(String key, double bound) {
        return new Target(
                key, key, ScriptServer.NODE, true, bound, "≥ " + number(bound) + " × node");
    }

    /** Returns a maximum for the ratio to the same measure of Node.js. */
    static Target atMostNode(String key, double bound) {
        return new Target(
                key, key, ScriptServer.NODE, false, bound, "≤ " + number(bound) + " × node");
    }

    /**
     * Returns a minimum for the ratio to another measure of Switchboard.
     *
     * @param what names that measure in the table
     */
    static Target atLeast(String key, String byKey, String what, double bound) {
        return new Target(
                key, byKey, Switchboard.NAME, true, bound, "≥ " + number(bound) + " × " + what);
    }

    /** Returns a maximum for the ratio to another measure of Switchboard. */
    static Target atMost(String key, String byKey, String what, double bound) {
        return new Target(
                key, byKey, Switchboard.NAME, false, bound, "≤ " + number(bound) + " × " + what);
    }

    /** Returns a minimum in the unit of the measure. */
    static Target atLeast(String key, double bound, String unit) {
        return new Target(key, "", "", true, bound, ("≥ " + number(bound) + " " + unit).strip());
    }

    /** Returns a maximum in the unit of the measure. */
    static Target atMost(String key, double bound, String unit) {
        return new Target(key, "", "", false, bound, ("≤ " + number(bound) + " " + unit).strip());
    }

    /** Returns the same bound for another measure. */
    Target of(String otherKey) {
        return new Target(otherKey, byKey, byContestant, isMinimum, bound, text);
    }

    private static String number(double value) {
        return value == Math.rint(value)
                ? String.valueOf((long) value)
                : String.format(Locale.ROOT, "%.2f", value).replaceFirst("0$", "");
    }

    /** Returns the value to compare with the bound, or empty if a median is missing. */
    OptionalDouble value(Results results) {
        return byKey.isEmpty()
                ? results.median(key, Switchboard.NAME)
                : results.ratio(key, Switchboard.NAME, byKey, byContestant);
    }

    boolean met(double value) {
        return isMinimum ? value >= bound : value <= bound;
    }
}
