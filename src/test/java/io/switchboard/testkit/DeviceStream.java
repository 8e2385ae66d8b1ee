package io.switchboard.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a device sends, from {@code framing/devices.json}.
 *
 * @param framing the framing of the device, without {@code keep}
 * @param input the stream, in hex
 * @param frames the frames in the stream, with marks and trailers, in hex
 * @param unescaped the frames with their escapes undone; null if there are none
 * @param pieces where to cut the stream
 * @param name the name of the device, which is in one of the frames; null if there is none
 * @param reply the constant answer that the device expects to this frame, in hex; null if there is
 *     none
 * @param computedReply the first answer that a back end computes, in hex; null if there is none
 */
public record DeviceStream(
        String device,
        String framing,
        String input,
        List<String> frames,
        @Nullable List<String> unescaped,
        List<Integer> pieces,
        @Nullable String name,
        @Nullable String reply,
        @Nullable String computedReply) {

    /** Returns all devices of the file. */
    public static List<DeviceStream> all() {
        try (InputStream file = DeviceStream.class.getResourceAsStream("/framing/devices.json")) {
            return List.of(new JsonMapper().readValue(file, DeviceStream[].class));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public byte[] bytes() {
        return HexFormat.of().parseHex(input);
    }

    /** Returns the framing in which each alternative keeps the whole frame. */
    public String framingWithKeep() {
        return String.join(
                " or ",
                Arrays.stream(framing.split(" or ", -1)).map(each -> each + ",keep").toList());
    }

    /** Returns what the framing with {@code keep} yields, in hex. */
    public List<String> payloads() {
        return unescaped == null ? frames : unescaped;
    }

    @Override
    public String toString() {
        return device;
    }
}
