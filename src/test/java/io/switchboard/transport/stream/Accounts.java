package io.switchboard.transport.stream;

import static io.switchboard.Promise.demand;

import io.switchboard.framing.Cut;
import io.switchboard.framing.Framing;
import io.switchboard.framing.Raw;
import io.switchboard.peer.CloseReason;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Where each byte of a stream has gone: into a frame, into what frames it, into the noise between
 * frames where a framing has that, or into what is held until more comes.
 */
final class Accounts {
    private final Framing framing;
    private final int maxFrame;
    private final byte[] stream;
    private int at;

    Accounts(Framing framing, int maxFrame, byte[] stream) {
        this.framing = framing;
        this.maxFrame = maxFrame;
        this.stream = stream;
    }

    /**
     * @throws AssertionError they do not balance
     */
    void settle(Heard heard) {
        for (byte[] frame : heard.frames()) {
            demand(frame.length <= maxFrame, "a frame of {} bytes passed", frame.length);
            pass(frame);
        }
        skipNoise();
        Cut rest = new Cut(maxFrame);
        boolean whole =
                !(framing instanceof Raw) && framing.cut(rest, stream, at, stream.length, at);
        FrameReader.@Nullable Fault fault = heard.fault();
        if (fault == null) {
            demand(!whole, "behind the last frame is another one");
            demand(stream.length - at == heard.held(), "{} bytes are held", heard.held());
        } else {
            boolean tooLarge =
                    whole
                            ? rest.length() > maxFrame
                            : rest.announced() > maxFrame
                                    || stream.length - at > framing.encodedLength(maxFrame);
            boolean invalid = fault.sentence().equals(rest.fault());
            demand(
                    fault.reason() == CloseReason.BAD_FRAME ? invalid : tooLarge,
                    "{} is not so",
                    fault);
        }
    }

    /** The next bytes must be this frame's. */
    private void pass(byte[] frame) {
        skipNoise();
        if (framing.word().equals("line")) {
            expect(frame);
            at += at < stream.length && stream[at] == '\r' ? 1 : 0;
            expect(new byte[] {'\n'});
        } else {
            expect(framing.encode(frame));
        }
    }

    private void expect(byte[] bytes) {
        int end = at + bytes.length;
        demand(
                end <= stream.length && Arrays.equals(stream, at, end, bytes, 0, bytes.length),
                "at byte {} of the stream begins no such frame",
                at);
        at = end;
    }

    private void skipNoise() {
        int mark =
                switch (framing.word()) {
                    case "stx-etx", "stx-etx:lrc" -> 0x02;
                    case "mllp" -> 0x0b;
                    default -> -1;
                };
        while (mark >= 0 && at < stream.length && stream[at] != mark) {
            at++;
        }
    }
}
