package io.switchboard.peer;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The unique id of one connection: {@code <boot>-<seq>}, for instance {@code 4kdtwq-17}. It is
 * never used again.
 *
 * <p>The form (a digit, five consonants, a dash and a number) differs from names that people give
 * to devices, such as {@code device-7} or {@code 100001-2}.
 *
 * @param boot the number of this run of the process, less than {@link #BOOTS}; it is chosen at
 *     random at the start, so that an id of an earlier run is not mistaken for a live one
 * @param seq the sequence number of the connection in this run, from 1
 */
public record PeerId(int boot, long seq) implements Comparable<PeerId> {
    private static final String CONSONANTS = "bcdfghjklmnpqrstvwxz";
    private static final int LETTERS = 5;
    private static final int LETTER_COMBINATIONS = 3_200_000; // 20 consonants to the power of 5

    /** The number of different boot numbers. */
    static final int BOOTS = 10 * LETTER_COMBINATIONS;

    private static final Pattern PATTERN =
            Pattern.compile("([0-9][" + CONSONANTS + "]{5})-([1-9][0-9]{0,17})");

    /** Returns the id that a text represents; empty if the text does not have the form of an id. */
    public static Optional<PeerId> parse(String text) {
        Matcher matcher = PATTERN.matcher(text);
        return matcher.matches()
                ? Optional.of(new PeerId(boot(matcher.group(1)), Long.parseLong(matcher.group(2))))
                : Optional.empty();
    }

    /** Returns the id with these numbers; empty if no peer can have it. */
    public static Optional<PeerId> of(int boot, long seq) {
        return boot >= 0 && boot < BOOTS && seq > 0
                ? Optional.of(new PeerId(boot, seq))
                : Optional.empty();
    }

    private static int boot(String digits) {
        int boot = digits.charAt(0) - '0';
        for (int at = 1; at <= LETTERS; at++) {
            boot = boot * CONSONANTS.length() + CONSONANTS.indexOf(digits.charAt(at));
        }
        return boot;
    }

    /** Returns the boot part of the id, which identifies the node. */
    public String node() {
        return format(boot);
    }

    @Override
    public int compareTo(PeerId other) {
        int byBoot = Integer.compare(boot, other.boot);
        return byBoot != 0 ? byBoot : Long.compare(seq, other.seq);
    }

    @Override
    public String toString() {
        return format(boot) + "-" + seq;
    }

    static String format(int boot) {
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
