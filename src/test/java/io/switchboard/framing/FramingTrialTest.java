package io.switchboard.framing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.switchboard.testkit.DeviceStream;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FramingTrialTest {

    private static FramingTrial trial(String framing, String stream) {
        return FramingTrial.of(Framing.of(framing), stream.getBytes(ISO_8859_1), 100, 1_000);
    }

    /** Each part with its offset. */
    private static List<String> texts(List<FramingTrial.Part> parts) {
        return parts.stream()
                .map(each -> each.offset() + " " + new String(each.bytes(), ISO_8859_1))
                .toList();
    }

    static Stream<DeviceStream> devices() {
        return DeviceStream.all().stream();
    }

    @ParameterizedTest
    @MethodSource("devices")
    void findsTheFramesOfADevice(DeviceStream device) {
        Framing framing = Framing.of(device.framingWithKeep());
        FramingTrial found = FramingTrial.of(framing, device.bytes(), 65_536, 10_000);
        assertThat(found.frames())
                .extracting(each -> HexFormat.of().formatHex(each.bytes()))
                .containsExactlyElementsOf(device.payloads());
        assertThat(found.fault()).isNull();
    }

    @Test
    void findsFramesNoiseAndTheRest() {
        FramingTrial found = trial("delimiter:#,start=*", "ab*one#\r\n*two#*thr");
        assertThat(texts(found.frames())).containsExactly("2 *one", "9 *two");
        assertThat(texts(found.noise())).containsExactly("0 ab", "7 \r\n");
        assertThat(found.rest()).asString(ISO_8859_1).isEqualTo("*thr");
        assertThat(found.fault()).isNull();
    }

    @Test
    void refusesAStreamOfMoreFramesThanItMayFind() {
        Framing framing = Framing.of("fixed:1");
        assertThat(FramingTrial.of(framing, new byte[3], 100, 3).frames()).hasSize(3);
        assertThatThrownBy(() -> FramingTrial.of(framing, new byte[4], 100, 3))
                .hasMessage("the stream has more than 3 frames: try a part of it");
    }

    @Test
    void joinsNoiseThatEndsWithTheStream() {
        FramingTrial found = trial("fixed:2,start=a or fixed:3,start=b", "a1xyzb12--");
        assertThat(texts(found.frames())).containsExactly("0 a1", "5 b12");
        assertThat(texts(found.noise())).containsExactly("2 xyz", "8 --");
        assertThat(found.rest()).isEmpty();
    }

    @Test
    void endsAtAFault() {
        FramingTrial bad = trial("octet-counted", "3 abc<13>x");
        assertThat(texts(bad.frames())).containsExactly("0 abc");
        assertThat(bad.fault()).contains("0x3c");
        assertThat(bad.rest()).asString(ISO_8859_1).isEqualTo("<13>x");

        List<String> tooLarge = new ArrayList<>();
        tooLarge.add(trial("line", "x".repeat(101) + "\n").fault());
        tooLarge.add(trial("line", "x".repeat(200)).fault());
        tooLarge.add(trial("length:2", "\377\377").fault());
        assertThat(tooLarge).containsOnly("a frame is longer than max-frame, 100 bytes");
    }
}
