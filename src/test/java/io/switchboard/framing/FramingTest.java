package io.switchboard.framing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class FramingTest {

    @ParameterizedTest
    @ValueSource(strings = {"line", "lf", "crlf", "raw"})
    void isFoundByItsWord(String word) {
        assertThat(Framing.of(word).word()).isEqualTo(word);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "LINE", "lines", "mllp"})
    void anUnknownWordIsAnsweredWithTheKnownOnes(String word) {
        assertThatThrownBy(() -> Framing.of(word))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("unknown framing '" + word + "': known are line, lf, crlf and raw");
    }

    /** What one end encodes the other cuts, however the network cuts it on the way. */
    @ParameterizedTest
    @EnumSource(Lines.class)
    void cuttingGivesBackWhatWasEncoded(Lines framing) {
        Random random = new Random(4711);
        for (int round = 0; round < 2_000; round++) {
            List<byte[]> payloads = new ArrayList<>();
            ByteArrayOutputStream stream = new ByteArrayOutputStream();
            for (int count = random.nextInt(6); count >= 0; count--) {
                byte[] payload = payload(random, framing);
                assertThat(framing.objection(payload)).isEmpty();
                byte[] frame = framing.encode(payload);
                assertThat(frame).hasSize(framing.encodedLength(payload.length));
                payloads.add(payload);
                stream.writeBytes(frame);
            }
            CutFrames cut = new CutFrames(framing);
            byte[] bytes = stream.toByteArray();
            for (int from = 0; from < bytes.length; ) {
                int to = Math.min(bytes.length, from + 1 + random.nextInt(20));
                cut.read(Arrays.copyOfRange(bytes, from, to));
                from = to;
            }
            assertThat(cut.unfinished()).as("round %d", round).isZero();
            assertThat(cut.frames()).as("round %d", round).containsExactlyElementsOf(payloads);
        }
    }

    /** What is refused would really come out as something else; what is not refused never does. */
    @ParameterizedTest
    @EnumSource(Lines.class)
    void objectsToWhatWouldNotComeBackAsItWas(Lines framing) {
        Random random = new Random(42);
        byte[] alphabet = {'a', '\r', '\n'};
        for (int round = 0; round < 2_000; round++) {
            byte[] payload = new byte[random.nextInt(5)];
            for (int at = 0; at < payload.length; at++) {
                payload[at] = alphabet[random.nextInt(alphabet.length)];
            }
            if (framing.objection(payload).isEmpty()) {
                assertThat(new CutFrames(framing).read(framing.encode(payload)).frames())
                        .containsExactly(payload);
            }
        }
    }

    /** Random bytes that the framing does not object to; CRs are frequent, as the likely trap. */
    private static byte[] payload(Random random, Lines framing) {
        byte[] payload = new byte[random.nextInt(40)];
        random.nextBytes(payload);
        for (int at = 0; at < payload.length; at++) {
            if (random.nextInt(5) == 0) {
                payload[at] = '\r';
            }
            if (payload[at] == '\n') {
                payload[at] = 'x';
            }
        }
        if (framing != Lines.LF && payload.length > 0 && payload[payload.length - 1] == '\r') {
            payload[payload.length - 1] = 'x';
        }
        return payload;
    }
}
