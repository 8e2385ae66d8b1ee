package io.switchboard.transport.stream;

import static io.switchboard.testkit.Promise.demand;

import io.switchboard.framing.FrameScan;
import io.switchboard.framing.Framing;
import io.switchboard.framing.RawFraming;
import io.switchboard.peer.CloseReason;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Accounts for each byte of a stream: it belongs to a payload, to the framing around it, to the
 * ignored bytes between frames of some framings, or to the unfinished frame that the reader keeps.
 */
final class ByteAccounting {
    private final Framing framing;
    private final int maxFrame;
    private final byte[] stream;
    private int at;

    ByteAccounting(Framing framing, int maxFrame, byte[] stream) {
        this.framing = framing;
        this.maxFrame = maxFrame;
        this.stream = stream;
    }

    /**
     * Checks that the frames, the fault and the kept bytes account for the whole stream.
     *
     * @throws AssertionError they do not
     */
    void check(FramesRead read) {
        for (byte[] frame : read.frames()) {
            demand(frame.length <= maxFrame, "a frame of {} bytes was accepted", frame.length);
            pass(frame);
        }
        skipNoise();
        FrameScan rest = new FrameScan(maxFrame);
        boolean complete =
                !(framing instanceof RawFraming)
                        && framing.scan(rest, stream, at, stream.length, at);
        FrameReader.@Nullable Fault fault = read.fault();
        if (fault == null) {
            demand(!complete, "a complete frame follows the last one");
            demand(
                    stream.length - at == read.partialBytes(),
                    "{} bytes are kept",
                    read.partialBytes());
        } else {
            boolean tooLarge =
                    complete
                            ? rest.length() > maxFrame
                            : rest.announced() > maxFrame
                                    || stream.length - at > framing.longestFrame(maxFrame);
            boolean invalid = fault.detail().equals(rest.fault());
            demand(
                    fault.reason() == CloseReason.BAD_FRAME ? invalid : tooLarge,
                    "{} is wrong",
                    fault);
        }
    }

    /** Checks that the next bytes of the stream are this frame, and skips them. */
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
                "the expected frame does not begin at byte {} of the stream",
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
