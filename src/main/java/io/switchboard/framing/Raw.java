package io.switchboard.framing;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * No framing: bytes go out as they are. What one read brings is one message, or with a gap what
 * came until nothing followed for so long; the longest payload ends one too.
 *
 * <p>The gap is for whoever has a clock: {@link #cut} takes it that more may come, and the caller
 * makes a message of what is held when the gap has passed.
 *
 * @param gap how long a silence ends a message; zero where every read is one
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
        if (!joins()) {
            return "raw";
        }
        return gap.toMillisPart() == 0
                ? "raw:" + gap.toSeconds() + "s"
                : "raw:" + gap.toMillis() + "ms";
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
    public int encodedLength(int length) {
        return length;
    }

    @Override
    public int encode(byte[] payload, byte[] target, int at) {
        System.arraycopy(payload, 0, target, at, payload.length);
        return at + payload.length;
    }

    @Override
    public Optional<String> objection(byte[] payload) {
        return Optional.empty();
    }
}
