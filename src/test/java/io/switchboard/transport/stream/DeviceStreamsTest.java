package io.switchboard.transport.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.framing.Framing;
import io.switchboard.testkit.DeviceStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The streams of 65 kinds of devices, each in the framing that fits it. */
class DeviceStreamsTest {
    private static final int MAX_FRAME = 1024;

    @ParameterizedTest
    @MethodSource("io.switchboard.testkit.DeviceStream#all")
    void yieldsTheFramesReadAtOnce(DeviceStream device) {
        int length = device.bytes().length;
        check(device, FramesRead.of(framing(device), MAX_FRAME, device.bytes(), length, length));
    }

    @ParameterizedTest
    @MethodSource("io.switchboard.testkit.DeviceStream#all")
    void yieldsTheSameFramesInPiecesOfAnyLength(DeviceStream device) {
        for (int piece = 1; piece < device.bytes().length; piece++) {
            check(device, FramesRead.of(framing(device), MAX_FRAME, device.bytes(), piece, piece));
            check(device, FramesRead.of(framing(device), MAX_FRAME, device.bytes(), piece, 1));
        }
    }

    @ParameterizedTest
    @MethodSource("io.switchboard.testkit.DeviceStream#all")
    void yieldsTheSameFramesCutWhereTheFileSays(DeviceStream device) {
        FrameReader reader = new FrameReader(framing(device), MAX_FRAME);
        List<byte[]> frames = new ArrayList<>();
        byte[] bytes = device.bytes();
        List<Integer> cuts = new ArrayList<>(device.pieces());
        cuts.add(bytes.length);
        int from = 0;
        for (int to : cuts) {
            byte[] piece = Arrays.copyOfRange(bytes, from, to);
            reader.read(piece, piece.length, 0, frames::add);
            from = to;
        }
        assertThat(reader.fault()).isNull();
        assertThat(hex(frames)).containsExactlyElementsOf(device.payloads());
    }

    /**
     * A frame that was received with keep can be sent. It is the same frame again, unless it has
     * escapes: a device need not escape what it could.
     */
    @ParameterizedTest
    @MethodSource("io.switchboard.testkit.DeviceStream#all")
    void writesTheFrameThatItRead(DeviceStream device) {
        String[] words = device.framingWithKeep().split(" or ", -1);
        for (int i = 0; i < device.frames().size(); i++) {
            byte[] payload = HexFormat.of().parseHex(device.payloads().get(i));
            String frame = device.frames().get(i);
            boolean written = false;
            for (String word : words) {
                Framing framing = Framing.of(word);
                boolean sent = framing.objection(payload).isEmpty();
                byte[] encoded = sent ? framing.encode(payload) : new byte[0];
                written |=
                        sent
                                && (device.unescaped() != null
                                        || HexFormat.of().formatHex(encoded).equals(frame));
            }
            assertThat(written).as("frame %d of %s", i, device).isTrue();
        }
    }

    private static Framing framing(DeviceStream device) {
        return Framing.of(device.framingWithKeep());
    }

    private static void check(DeviceStream device, FramesRead read) {
        assertThat(read.fault()).isNull();
        assertThat(hex(read.frames())).containsExactlyElementsOf(device.payloads());
        assertThat(read.partialBytes()).isLessThanOrEqualTo(1);
    }

    private static List<String> hex(List<byte[]> frames) {
        return frames.stream().map(HexFormat.of()::formatHex).toList();
    }
}
