package io.switchboard.framing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.statistics.Statistics;

/** Properties of random framings of the grammar. A failure prints the shortest counterexample. */
class FramingPropertiesTest {
    private static final int TRIES = 5_000;

    @Property(tries = TRIES, edgeCases = EdgeCasesMode.NONE)
    void theFramesDoNotDependOnWhereTheStreamIsCut(
            @ForAll("framings") Framing framing,
            @ForAll("streams") byte[] stream,
            @ForAll @Size(max = 8) List<Integer> cuts) {
        FrameCollector whole = new FrameCollector(framing).read(stream);
        FrameCollector pieces = new FrameCollector(framing);
        int from = 0;
        for (int to : sorted(cuts, stream.length)) {
            pieces.read(Arrays.copyOfRange(stream, from, to));
            from = to;
        }
        Statistics.collect(whole.frames().size() > 1);
        Statistics.coverage(several -> several.check(true).percentage(each -> each > 10));
        assertThat(pieces.frames()).containsExactlyElementsOf(whole.frames());
        assertThat(pieces.fault()).isEqualTo(whole.fault());
        assertThat(pieces.noise()).isEqualTo(whole.noise());
        if (whole.fault() == null) {
            assertThat(pieces.unfinished()).isEqualTo(whole.unfinished());
        }
    }

    private static List<Integer> sorted(List<Integer> cuts, int length) {
        List<Integer> all =
                new ArrayList<>(
                        cuts.stream().map(cut -> Math.floorMod(cut, length + 1)).sorted().toList());
        all.add(length);
        return all;
    }

    @Property(tries = TRIES, edgeCases = EdgeCasesMode.NONE)
    void whatCanBeSentIsReceivedUnchanged(
            @ForAll("sendable") Framing framing, @ForAll("streams") byte[] stream) {
        List<byte[]> payloads = new ArrayList<>(new FrameCollector(framing).read(stream).frames());
        payloads.add(stream);
        Statistics.collect(
                payloads.stream().anyMatch(payload -> framing.objection(payload).isEmpty()));
        Statistics.coverage(sent -> sent.check(true).percentage(each -> each > 20));
        for (byte[] payload : payloads) {
            if (framing.objection(payload).isPresent()) {
                continue;
            }
            byte[] frame = framing.encode(payload);
            assertThat(frame).hasSize(framing.encodedLength(payload));
            assertThat(frame.length).isLessThanOrEqualTo(framing.longestFrame(payload.length));
            FrameCollector collected = new FrameCollector(framing);
            for (int at = 0; at < 2 * frame.length; at++) {
                collected.read(new byte[] {frame[at % frame.length]});
            }
            assertThat(collected.frames())
                    .as(HexFormat.of().formatHex(frame))
                    .containsExactly(payload, payload);
            assertThat(collected.unfinished()).isZero();
        }
    }

    /** The frames and the bytes between them are the whole stream, wherever it is cut. */
    @Property(tries = TRIES, edgeCases = EdgeCasesMode.NONE)
    void nothingIsLostIfTheBytesOutsideOfFramesAreDelivered(
            @ForAll("delivering") Framing framing,
            @ForAll("streams") byte[] stream,
            @ForAll @Size(max = 8) List<Integer> cuts) {
        FrameCollector pieces = new FrameCollector(framing);
        int from = 0;
        for (int to : sorted(cuts, stream.length)) {
            pieces.read(Arrays.copyOfRange(stream, from, to));
            from = to;
        }
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        pieces.frames().forEach(joined::writeBytes);
        assertThat(joined.toByteArray())
                .isEqualTo(Arrays.copyOf(stream, stream.length - pieces.unfinished()));
        assertThat(pieces.noise()).isZero();
    }

    @Provide
    Arbitrary<Framing> delivering() {
        return Arbitraries.of(
                        "delimiter:#,start=$",
                        "delimiter:#|0x7e,start=$,adjust=1",
                        "length:1,offset=1,start=$",
                        "length:varint,offset=1,start=0x7e",
                        "fixed:3,start=0x7e",
                        "stx-etx",
                        "mllp:lenient",
                        "json")
                .list()
                .ofMinSize(1)
                .ofMaxSize(3)
                .map(words -> String.join(",keep,outside=deliver or ", words))
                .map(words -> Framing.of(words + ",keep,outside=deliver"));
    }

    @Provide
    Arbitrary<Framing> framings() {
        return RandomFramings.any();
    }

    @Provide
    Arbitrary<Framing> sendable() {
        return RandomFramings.any().filter(framing -> !framing.hasAlternatives());
    }

    @Provide
    Arbitrary<byte[]> streams() {
        return Arbitraries.oneOf(
                        Arbitraries.of(RandomFramings.MARKS),
                        Arbitraries.of(RandomFramings.SIGNIFICANT))
                .list()
                .ofMaxSize(40)
                .map(
                        values -> {
                            byte[] bytes = new byte[values.size()];
                            for (int at = 0; at < bytes.length; at++) {
                                bytes[at] = values.get(at);
                            }
                            return bytes;
                        });
    }
}
