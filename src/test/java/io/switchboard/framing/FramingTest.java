package io.switchboard.framing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every framing promises. Failures name the round: the seeds are fixed. */
class FramingTest {
    private static final int ROUNDS = 3_000;

    @ParameterizedTest
    @MethodSource("io.switchboard.framing.Streams#framings")
    void anyBytesCutAnywhereGiveTheSameFrames(Framing framing) {
        Streams streams = new Streams(4711);
        int frames = 0;
        for (int round = 0; round < ROUNDS; round++) {
            byte[] stream = streams.stream(framing);
            CutFrames whole = new CutFrames(framing).read(stream);
            CutFrames pieces = new CutFrames(framing);
            streams.pieces(stream).forEach(pieces::read);
            String which = "round %d: %s".formatted(round, HexFormat.of().formatHex(stream));
            assertThat(pieces.frames()).as(which).containsExactlyElementsOf(whole.frames());
            assertThat(pieces.fault()).as(which).isEqualTo(whole.fault());
            if (whole.fault() == null) {
                assertThat(pieces.unfinished()).as(which).isEqualTo(whole.unfinished());
                assertThat(pieces.announced()).as(which).isEqualTo(whole.announced());
            }
            frames += whole.frames().size();
        }
        assertThat(frames).as("or nothing was tested").isGreaterThan(ROUNDS);
    }

    /** What one end encodes the other cuts, however the network cuts it on the way. */
    @ParameterizedTest
    @MethodSource("io.switchboard.framing.Streams#framings")
    void whatIsEncodedIsCutAgain(Framing framing) {
        Streams streams = new Streams(42);
        int tried = 0;
        for (int round = 0; round < ROUNDS; round++) {
            List<byte[]> payloads = new ArrayList<>();
            ByteArrayOutputStream stream = new ByteArrayOutputStream();
            for (int count = 0; count < 4; count++) {
                byte[] payload = streams.payload(framing);
                if (framing.objection(payload).isEmpty()) {
                    byte[] frame = framing.encode(payload);
                    assertThat(frame).hasSize(framing.encodedLength(payload.length));
                    payloads.add(payload);
                    stream.writeBytes(frame);
                }
            }
            CutFrames cut = new CutFrames(framing);
            streams.pieces(stream.toByteArray()).forEach(cut::read);
            String which =
                    "round %d: %s".formatted(round, HexFormat.of().formatHex(stream.toByteArray()));
            assertThat(cut.frames()).as(which).containsExactlyElementsOf(payloads);
            assertThat(cut.unfinished()).as(which).isZero();
            assertThat(cut.fault()).as(which).isNull();
            tried += payloads.size();
        }
        assertThat(tried).as("or nothing was tested").isGreaterThan(ROUNDS / 4);
    }

    @ParameterizedTest
    @MethodSource("io.switchboard.framing.Streams#framings")
    void encodesBehindWhatIsThereAlready(Framing framing) {
        byte[] payload = "12345678".getBytes(ISO_8859_1);
        if (framing.objection(payload).isPresent()) {
            assertThat(framing).isEqualTo(new Fixed(1));
            return;
        }
        byte[] frame = framing.encode(payload);
        byte[] target = new byte[3 + frame.length + 2];
        assertThat(framing.encode(payload, target, 3)).isEqualTo(3 + frame.length);
        assertThat(target).containsExactly(concat(new byte[3], frame, new byte[2]));
    }

    @ParameterizedTest
    @MethodSource("io.switchboard.framing.Streams#framings")
    void whatIsSplitIsThePayloadAgain(Framing framing) {
        Streams streams = new Streams(7);
        for (int round = 0; round < ROUNDS; round++) {
            byte[] payload = streams.payload(framing);
            List<byte[]> parts = framing.split(payload);
            assertThat(parts).isNotEmpty();
            assertThat(parts.stream().mapToInt(part -> part.length).sum())
                    .isLessThanOrEqualTo(payload.length);
            if (parts.size() == 1 && framing.objection(payload).isEmpty()) {
                assertThat(parts).containsExactly(payload);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("io.switchboard.framing.Streams#framings")
    void isFoundByItsWord(Framing framing) {
        assertThat(Framing.of(framing.word())).isEqualTo(framing);
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            whole.writeBytes(part);
        }
        return whole.toByteArray();
    }
}
