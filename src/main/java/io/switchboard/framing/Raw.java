package io.switchboard.framing;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * No framing: bytes are sent as they are. Without a gap each read is one message. With a gap a
 * message ends when nothing was received for that long, or when it has the maximum length.
 *
 * <p>{@link #cut} has no clock and assumes that more may come: the caller makes a message of the
 * held bytes when the gap has passed.
 *
 * @param gap the silence that ends a message; zero makes every read a message
 */
public record Raw(Duration gap) implements Framing {
    /** Every read is a message. */
    public static final Raw RAW = new Raw(Duration.ZERO);

    private static final Pattern FORM = Pattern.compile("(\\d{1,5})(ms|s)");
    private static final Duration LONGEST_GAP = Duration.ofMinutes(1);

    static Framing parse(String value) {
        Matcher form = FORM.matcher(value);
        if (!form.matches()) {
            throw new IllegalArgumentException(
                    "'" + value + "' is no gap: write raw:50ms or raw:2s, or raw alone for none");
        }
        long number = Long.parseLong(form.group(1));
        Duration gap =
                form.group(2).equals("s") ? Duration.ofSeconds(number) : Duration.ofMillis(number);
        if (!gap.isPositive() || gap.compareTo(LONGEST_GAP) > 0) {
            throw new IllegalArgumentException("the gap is " + value + ": it takes 1ms to 60s");
        }
        return new Raw(gap);
    }

    /** Whether reads are joined. */
    public boolean joins() {
        return gap.isPositive();
    }

    @Override
    public String word() {
        String unit = gap.toMillisPart() == 0 ? gap.toSeconds() + "s" : gap.toMillis() + "ms";
        return joins() ? "raw:" + unit : "raw";
    }

    @Override
    public boolean cut(Cut cut, byte[] bytes, int from, int to, int resume) {
        boolean full = to - from >= cut.longest();
        if (from == to || (joins() && !full)) {
            return cut.unfinished(from, to);
        }
        int end = full ? from + cut.longest() : to;
        return cut.found(from, end, end);
    }

    @Override
    public Optional<String> objection(byte[] payload) {
        return Optional.empty();
    }
}
