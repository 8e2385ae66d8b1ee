package io.switchboard.peer;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names one connection for ever: {@code <boot>-<seq>}, for instance {@code 4kdtwq-17}.
 *
 * <p>A digit, five consonants, a dash and a number: no device is called so by its owner, whereas
 * {@code device-7} or {@code 100001-2} may well be.
 *
 * @param boot below {@link #BOOTS}; drawn at random when the process starts, so that an id of an
 *     earlier run is never taken for a live one
 * @param seq counts the connections of this run, from 1
 */
public record PeerId(int boot, long seq) implements Comparable<PeerId> {
    private static final String CONSONANTS = "bcdfghjklmnpqrstvwxz";
    private static final int LETTERS = 5;
    private static final int SPELLINGS = 3_200_000; // 20 consonants to the power of 5

    /** How many boots can be told apart. */
    static final int BOOTS = 10 * SPELLINGS;

    private static final Pattern FORM =
            Pattern.compile("([0-9][" + CONSONANTS + "]{5})-([1-9][0-9]{0,17})");

    /** The id that this text spells, or nothing where it has not the form of one. */
    public static Optional<PeerId> parse(String text) {
        Matcher form = FORM.matcher(text);
        return form.matches()
                ? Optional.of(new PeerId(boot(form.group(1)), Long.parseLong(form.group(2))))
                : Optional.empty();
    }

    private static int boot(String spelled) {
        int boot = spelled.charAt(0) - '0';
        for (int at = 1; at <= LETTERS; at++) {
            boot = boot * CONSONANTS.length() + CONSONANTS.indexOf(spelled.charAt(at));
        }
        return boot;
    }

    /** The digits that all ids of its node's run begin with. */
    public String node() {
        return spell(boot);
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
        char[] spelled = new char[1 + LETTERS];
        int rest = boot;
        for (int at = LETTERS; at > 0; at--) {
            spelled[at] = CONSONANTS.charAt(rest % CONSONANTS.length());
            rest /= CONSONANTS.length();
        }
        spelled[0] = (char) ('0' + rest);
        return new String(spelled);
    }
}
