package io.switchboard.http.admin;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.switchboard.framing.Framing;
import io.switchboard.framing.FramingTrial;
import io.switchboard.framing.FramingTrial.Part;
import io.switchboard.http.AnswerSizes;
import io.switchboard.http.CostlyTurns;
import io.switchboard.http.problem.ApiProblem;
import io.switchboard.net.Utf8;
import jakarta.validation.constraints.NotNull;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** {@code POST /framings/try}: what a framing finds in a stream. */
@RestController
public final class FramingController {
    /** The bytes that can be tried, and the longest frame: the default of {@code max-frame}. */
    private static final int MAX_BYTES = 64 * 1024;

    /** Each takes ten times the memory of its bytes in the answer. */
    private static final int MAX_FRAMES = 10_000;

    /** The body of {@code POST /framings/try}. */
    record Trial(
            @NotNull(message = "it takes a framing, such as line or length:2") Framing framing,
            @NotNull(message = "it takes the stream in hex digits") HexStream hex) {}

    /** The bytes of a stream. */
    @SuppressWarnings("ArrayRecordComponent") // not compared
    public record HexStream(byte[] bytes) {
        /** What hex dumps have between the digits of bytes. */
        private static final Pattern SEPARATORS = Pattern.compile("[\\s:]+");

        /**
         * Reads hex digits, with or without white space and colons between bytes.
         *
         * @throws IllegalArgumentException they are no bytes, or too many
         */
        public static HexStream parse(String text) {
            String digits = SEPARATORS.matcher(text).replaceAll("");
            if (digits.length() > 2 * MAX_BYTES) {
                throw new IllegalArgumentException("it takes " + MAX_BYTES + " bytes at most");
            }
            try {
                return new HexStream(HexFormat.of().parseHex(digits));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "it takes two hex digits for each byte, such as 7878 0d0a: "
                                + e.getMessage(),
                        e);
            }
        }
    }

    /**
     * The answer of {@code POST /framings/try}.
     *
     * @param rest the bytes of an unfinished frame at the end, in hex
     * @param fault why the connection would be closed; null if it would not
     */
    record Found(
            String framing,
            List<Frame> frames,
            List<Noise> noise,
            String rest,
            @Nullable String fault)
            implements AnswerSizes.Sized {
        private static final int PART_BYTES = 160;

        @Override
        public long heldBytes() {
            return (frames.size() + noise.size()) * (long) PART_BYTES + 4L * MAX_BYTES;
        }
    }

    /**
     * A frame.
     *
     * @param hex the payload
     * @param text the payload as text; absent if it is not UTF-8
     */
    record Frame(
            int offset,
            int length,
            String hex,
            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String text) {
        static Frame of(Part part) {
            byte[] payload = part.bytes();
            return new Frame(
                    part.offset(),
                    payload.length,
                    HexFormat.of().formatHex(payload),
                    Utf8.decode(payload).orElse(null));
        }
    }

    /** Bytes that belong to no frame. */
    record Noise(int offset, String hex) {
        static Noise of(Part part) {
            return new Noise(part.offset(), HexFormat.of().formatHex(part.bytes()));
        }
    }

    /** Answers with the frames that a listener of this framing would find. */
    @PostMapping("/framings/try")
    Found find(Trial trial) {
        return CostlyTurns.call(() -> found(trial));
    }

    private static Found found(Trial trial) {
        Framing framing = trial.framing();
        byte[] stream = trial.hex().bytes();
        FramingTrial found;
        try {
            found = FramingTrial.of(framing, stream, MAX_BYTES, MAX_FRAMES);
        } catch (IllegalArgumentException e) {
            throw ApiProblem.badRequest(String.valueOf(e.getMessage()));
        }
        return new Found(
                framing.word(),
                found.frames().stream().map(Frame::of).toList(),
                found.noise().stream().map(Noise::of).toList(),
                HexFormat.of().formatHex(found.rest()),
                found.fault());
    }
}
