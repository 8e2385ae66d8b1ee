package io.switchboard.framing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Properties of all framings. A failure names its round, which repeats because the seeds are fixed.
 */
class FramingTest {
    private static final int ROUNDS = 1_000;

    @ParameterizedTest
    @MethodSource("io.switchboard.framing.RandomStreams#all")
    void theFramesDoNotDependOnWhereTheStreamIsSplit(Framing framing) {
        RandomStreams streams = new RandomStreams(4711);
        int frames = 0;
        for (int round = 0; round < ROUNDS; round++) {
            byte[] stream = streams.stream(framing);
            FrameCollector whole = new FrameCollector(framing).read(stream);
            FrameCollector pieces = new FrameCollector(framing);
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
        assertThat(frames)
                .as("frames, to be sure that something was tested")
                .isGreaterThan(framing instanceof AlternativesFraming ? 0 : ROUNDS);
    }

    @ParameterizedTest
    @MethodSource("io.switchboard.framing.RandomStreams#sendable")
    void encodedPayloadsAreDecodedUnchangedHoweverTheStreamIsSplit(Framing framing) {
        RandomStreams streams = new RandomStreams(42);
        int tried = 0;
        for (int round = 0; round < ROUNDS; round++) {
            List<byte[]> payloads = new ArrayList<>();
            ByteArrayOutputStream stream = new ByteArrayOutputStream();
            for (int count = 0; count < 4; count++) {
                byte[] payload = streams.payload(framing);
                if (framing.objection(payload).isEmpty()) {
                    byte[] frame = framing.encode(payload);
                    assertThat(frame).hasSize(framing.encodedLength(payload));
                    payloads.add(payload);
                    stream.writeBytes(frame);
                }
            }
            FrameCollector collected = new FrameCollector(framing);
            streams.pieces(stream.toByteArray()).forEach(collected::read);
            String which =
                    "round %d: %s".formatted(round, HexFormat.of().formatHex(stream.toByteArray()));
            assertThat(collected.frames()).as(which).containsExactlyElementsOf(payloads);
            assertThat(collected.unfinished()).as(which).isZero();
            assertThat(collected.fault()).as(which).isNull();
            tried += payloads.size();
        }
        assertThat(tried)
                .as("frames, to be sure that something was tested")
                .isGreaterThan(framing instanceof AlternativesFraming ? 0 : ROUNDS / 4);
    }

    @ParameterizedTest
    @MethodSource("io.switchboard.framing.RandomStreams#sendable")
    void encodesAtAnOffsetAndLeavesOtherBytesUnchanged(Framing framing) {
        byte[] payload = "12345678".getBytes(ISO_8859_1);
        RandomStreams streams = new RandomStreams(1);
        for (int round = 0; round < ROUNDS && framing.objection(payload).isPresent(); round++) {
            payload = streams.payload(framing);
        }
        assertThat(framing.objection(payload)).isEmpty();
        byte[] frame = framing.encode(payload);
        byte[] target = new byte[3 + frame.length + 2];
        assertThat(framing.encode(payload, target, 3)).isEqualTo(3 + frame.length);
        assertThat(target).containsExactly(concat(new byte[3], frame, new byte[2]));
    }

    @ParameterizedTest
    @MethodSource("io.switchboard.framing.RandomStreams#sendable")
    void splittingAddsNothingAndKeepsASinglePayloadUnchanged(Framing framing) {
        RandomStreams streams = new RandomStreams(7);
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
    @MethodSource("io.switchboard.framing.RandomStreams#all")
    void isFoundByItsName(Framing framing) {
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
