package io.switchboard.peer;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names one connection for ever: {@code <boot>-<seq>}, for instance {@code k3f9x2-17}.
 *
 * @param boot six digits in base 36, drawn at random when the process starts, so that an id of an
 *     earlier run is never taken for a live one
 * @param seq counts the connections of this run, from 1
 */
public record PeerId(int boot, long seq) implements Comparable<PeerId> {
    private static final int RADIX = 36;
    private static final int BOOT_DIGITS = 6;
    private static final Pattern FORM = Pattern.compile("([0-9a-z]{6})-([1-9][0-9]{0,17})");

    /** The id that this text spells, or nothing where it has not the form of one. */
    public static Optional<PeerId> parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            return Optional.empty();
        }
        long boot = Long.parseLong(form.group(1), RADIX);
        return boot > Integer.MAX_VALUE
                ? Optional.empty()
                : Optional.of(new PeerId((int) boot, Long.parseLong(form.group(2))));
    }

    @Override
    public int compareTo(PeerId other) {
        int byBoot = Integer.compare(boot, other.boot);
        return byBoot != 0 ? byBoot : Long.compare(seq, other.seq);
    }

    @Override
    public String toString() {
        return spell(boot) + "-" + seq;
    }

    static String spell(int boot) {
        String digits = Integer.toString(boot, RADIX);
        return "0".repeat(BOOT_DIGITS - digits.length()) + digits;
    }
}
