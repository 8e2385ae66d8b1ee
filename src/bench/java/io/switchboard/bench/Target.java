package io.switchboard.bench;

import java.util.Locale;
import java.util.OptionalDouble;

/**
 * What a figure of Switchboard's should reach, in itself or by another figure.
 *
 * @param key of the measure
 * @param byKey of the measure to divide by; empty for a target in the measure's own unit
 * @param byContestant whose figure that is
 * @param least whether it is the least, rather than the most
 * @param text as a person reads it
 */
record Target(
        String key, String byKey, String byContestant, boolean least, double bound, String text) {

    /** At least so many times Node.js's figure. */
    static Target leastOfNode(String key, double bound) {
        return new Target(key, key, Script.NODE, true, bound, "≥ " + number(bound) + " × node");
    }

    static Target mostOfNode(String key, double bound) {
        return new Target(key, key, Script.NODE, false, bound, "≤ " + number(bound) + " × node");
    }

    /**
     * By another figure of Switchboard's own.
     *
     * @param what that is
     */
    static Target leastOf(String key, String byKey, String what, double bound) {
        return new Target(
                key, byKey, Switchboard.NAME, true, bound, "≥ " + number(bound) + " × " + what);
    }

    static Target mostOf(String key, String byKey, String what, double bound) {
        return new Target(
                key, byKey, Switchboard.NAME, false, bound, "≤ " + number(bound) + " × " + what);
    }

    static Target most(String key, double bound, String unit) {
        return new Target(key, "", "", false, bound, "≤ " + number(bound) + " " + unit);
    }

    private static String number(double value) {
        return value == Math.rint(value)
                ? String.valueOf((long) value)
                : String.format(Locale.ROOT, "%.2f", value).replaceFirst("0$", "");
    }

    /** What is compared with the bound; empty when something was not measured. */
    OptionalDouble reached(Results results) {
        return byKey.isEmpty()
                ? results.median(key, Switchboard.NAME)
                : results.ratio(key, Switchboard.NAME, byKey, byContestant);
    }

    boolean met(double reached) {
        return least ? reached >= bound : reached <= bound;
    }
}
