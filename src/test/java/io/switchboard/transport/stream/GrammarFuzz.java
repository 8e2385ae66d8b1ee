package io.switchboard.transport.stream;

import static io.switchboard.testkit.Promise.demand;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.switchboard.framing.Framing;
import io.switchboard.fuzz.FuzzTarget;
import io.switchboard.testkit.Reached;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Reads arbitrary bytes as frames of an arbitrary framing. An input is the framing, a line feed,
 * two characters that choose the lengths of the pieces in which the rest is read, and the rest.
 */
public final class GrammarFuzz implements FuzzTarget {
    /** Parts of the grammar; each must be in a framing that found a frame. */
    private static final List<String> PARTS =
            List.of(
                    "start=",
                    "keep",
                    "escape=",
                    "adjust=",
                    "offset=",
                    "json",
                    "length:",
                    "delimiter:",
                    "fixed:",
                    FramingFuzz.OUTSIDE);

    private static final int CHOICES = 2;
    private static final int LONGEST_PIECE = 16;
    private static final int MAX_FRAME = 300;

    private final Reached reached = new Reached(PARTS);

    @Override
    public Map<String, Long> reached() {
        return reached.counts();
    }

    @Override
    public void input(byte[] bytes) {
        int end = 0;
        while (end < bytes.length && bytes[end] != '\n') {
            end++;
        }
        if (end + CHOICES >= bytes.length) {
            return;
        }
        Framing framing;
        try {
            framing = Framing.of(new String(bytes, 0, end, ISO_8859_1));
        } catch (IllegalArgumentException e) {
            demand(e.getMessage() != null, "an error without a message");
            return;
        }
        demand(Framing.of(framing.word()).equals(framing), "{} is another", framing.word());
        byte[] stream = Arrays.copyOfRange(bytes, end + 1 + CHOICES, bytes.length);
        int first = 1 + FramingFuzz.choice(bytes[end + 1], LONGEST_PIECE);
        int second = 1 + FramingFuzz.choice(bytes[end + 2], LONGEST_PIECE);
        FramesRead read = FramingFuzz.check(framing, MAX_FRAME, stream, first, second);
        for (String part : PARTS) {
            if (framing.word().contains(part)) {
                reached.add(part, read.frames().size());
            }
        }
    }
}
