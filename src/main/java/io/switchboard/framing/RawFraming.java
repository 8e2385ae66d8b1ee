package io.switchboard.framing;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * No framing: bytes are sent unchanged. Without a gap each read is one message. With a gap a
 * message ends when no byte was received for that long, or when it has the maximum length.
 *
 * <p>{@link #scan} has no clock. With a gap it therefore reports less than the maximum length as
 * unfinished, and the caller releases those bytes as a message when the gap has passed.
 *
 * @param gap the period without received bytes that ends a message; zero if each read is a message
 */
public record RawFraming(Duration gap) implements Framing {
    /** The framing {@code raw}: each read is a message. */
    public static final RawFraming RAW = new RawFraming(Duration.ZERO);

    private static final Pattern DURATION = Pattern.compile("(\\d{1,5})(ms|s)");
    private static final Duration MAX_GAP = Duration.ofMinutes(1);

    static Framing parse(String value) {
        Matcher duration = DURATION.matcher(value);
        if (!duration.matches()) {
            throw new IllegalArgumentException(
                    "'" + value + "' is not a gap: write raw:50ms or raw:2s, or raw without a gap");
        }
        long number = Long.parseLong(duration.group(1));
        Duration gap =
                duration.group(2).equals("s")
                        ? Duration.ofSeconds(number)
                        : Duration.ofMillis(number);
        if (!gap.isPositive() || gap.compareTo(MAX_GAP) > 0) {
            throw new IllegalArgumentException("the gap is " + value + ": it takes 1ms to 60s");
        }
        return new RawFraming(gap);
    }

    /** Returns whether several reads can form one message, because there is a gap. */
    public boolean joins() {
        return gap.isPositive();
    }

    @Override
    public String word() {
        String unit = gap.toMillisPart() == 0 ? gap.toSeconds() + "s" : gap.toMillis() + "ms";
        return joins() ? "raw:" + unit : "raw";
    }

    @Override
    public boolean scan(FrameScan scan, byte[] bytes, int from, int to, int resume) {
        boolean full = to - from >= scan.maxLength();
        if (from == to || (joins() && !full)) {
            return scan.unfinished(from, to);
        }
        int end = full ? from + scan.maxLength() : to;
        return scan.found(from, end, end);
    }

    @Override
    public Optional<String> objection(byte[] payload) {
        return Optional.empty();
    }
}
