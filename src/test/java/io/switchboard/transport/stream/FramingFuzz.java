package io.switchboard.transport.stream;

import static io.switchboard.Promise.demand;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.switchboard.FuzzTarget;
import io.switchboard.Reached;
import io.switchboard.framing.Framing;
import io.switchboard.framing.Raw;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What a connection hears of a peer that sends any bytes. Of an input the first four characters
 * choose, counted from {@code '0'}: the framing, max-frame, and the lengths of the pieces that the
 * rest comes in.
 */
public final class FramingFuzz implements FuzzTarget {
    private static final int CHOICES = 4;
    private static final int LONGEST_PIECE = 16;

    /** None is shorter than the header of a framing that has one. */
    private static final List<Integer> MAX_FRAMES = List.of(12, 5, 8, 300);

    private final List<Framing> framings;
    private final Reached reached;

    public FramingFuzz(String... words) {
        framings = Arrays.stream(words).map(Framing::of).toList();
        reached = new Reached(framings.stream().map(Framing::word).toList());
    }

    @Override
    public Map<String, Long> reached() {
        return reached.counts();
    }

    @Override
    public void input(byte[] bytes) {
        if (bytes.length <= CHOICES) {
            return;
        }
        Framing framing = framings.get(choice(bytes[0], framings.size()));
        int maxFrame = MAX_FRAMES.get(choice(bytes[1], MAX_FRAMES.size()));
        int first = 1 + choice(bytes[2], LONGEST_PIECE);
        int second = 1 + choice(bytes[3], LONGEST_PIECE);
        byte[] stream = Arrays.copyOfRange(bytes, CHOICES, bytes.length);

        Heard whole = Heard.of(framing, maxFrame, stream, stream.length, stream.length);
        same(framing, stream, whole, Heard.of(framing, maxFrame, stream, first, second));
        same(framing, stream, whole, Heard.of(framing, maxFrame, stream, 1, 1));
        new Accounts(framing, maxFrame, stream).settle(whole);
        encodedIsHeardAgain(framing, maxFrame, stream, first, second);
        splitLosesNothing(framing, stream);
        reached.add(framing.word(), whole.frames().size());
    }

    private static int choice(byte said, int many) {
        return Math.floorMod(said - '0', many);
    }

    /** Where nothing but a read ends a message, only the bytes are the same. */
    private static void same(Framing framing, byte[] stream, Heard whole, Heard pieces) {
        if (framing.equals(Raw.RAW)) {
            demand(Arrays.equals(stream, joined(pieces.frames())), "raw lost bytes");
            return;
        }
        demand(texts(whole).equals(texts(pieces)), "{} and {}", texts(whole), texts(pieces));
        demand(
                Objects.equals(whole.fault(), pieces.fault()),
                "{}: {}",
                whole.fault(),
                pieces.fault());
        demand(whole.fault() != null || whole.held() == pieces.held(), "other bytes are held");
    }

    private static void encodedIsHeardAgain(
            Framing framing, int maxFrame, byte[] payload, int first, int second) {
        if (payload.length > maxFrame || framing.objection(payload).isPresent()) {
            return;
        }
        byte[] frame = framing.encode(payload);
        demand(frame.length == framing.encodedLength(payload.length), "its length was wrong");
        Heard heard = Heard.of(framing, maxFrame, frame, first, second);
        demand(heard.fault() == null, "{}", heard.fault());
        if (framing instanceof Raw) {
            return;
        }
        demand(heard.frames().size() == 1 && heard.held() == 0, "of a frame: {}", texts(heard));
        demand(Arrays.equals(payload, heard.frames().getFirst()), "another payload came out");
    }

    private static void splitLosesNothing(Framing framing, byte[] payload) {
        List<byte[]> parts = framing.split(payload);
        demand(!parts.isEmpty(), "nothing is left of a payload");
        if (framing.objection(payload).isEmpty()) {
            demand(Arrays.equals(payload, joined(parts)), "split lost bytes of one frame");
        }
        demand(joined(parts).length <= payload.length, "split made bytes");
    }

    private static List<String> texts(Heard heard) {
        return heard.frames().stream().map(frame -> new String(frame, ISO_8859_1)).toList();
    }

    private static byte[] joined(List<byte[]> parts) {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        parts.forEach(whole::writeBytes);
        return whole.toByteArray();
    }
}
