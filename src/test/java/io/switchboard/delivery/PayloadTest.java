package io.switchboard.delivery;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.delivery.Send.Results;
import io.switchboard.delivery.Send.Wait;
import io.switchboard.framing.Framing;
import io.switchboard.framing.Lines;
import io.switchboard.framing.Raw;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerFixtures;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PayloadTest {

    @Test
    void isFramedAsItsListenerFrames() {
        Payload payload = payload("a", null, false);
        assertThat(payload.framingFor(PeerFixtures.listener("x", "crlf"))).isEqualTo(Lines.CRLF);
        assertThat(payload.framingFor(PeerFixtures.listener("x", "raw"))).isEqualTo(Raw.RAW);
    }

    @Test
    void isFramedAsTheSenderSaysInstead() {
        Payload payload = payload("a", Raw.RAW, false);
        assertThat(payload.framingFor(PeerFixtures.listener("x", "crlf"))).isEqualTo(Raw.RAW);
    }

    @Test
    void isOneFrameUnlessSplit() {
        assertThat(encoded(payload("a\nb", Raw.RAW, false), Raw.RAW)).isEqualTo("a\nb");
        Payload split = payload("a\nb\r\n", null, true);
        assertThat(split.parts(Lines.CRLF)).hasSize(2);
        assertThat(encoded(split, Lines.CRLF)).isEqualTo("a\r\nb\r\n");
    }

    @Test
    void objectsToADelimiterInsideAndSaysWhatHelps() {
        assertThat(objection(payload("a\nb", null, false), Lines.LINE))
                .contains("byte 1 of the payload is a line feed (0x0a)")
                .contains("framing 'line'")
                .contains("split=true")
                .contains("framing=raw");
    }

    @Test
    void objectsToNothingThatCanBeSent() {
        assertThat(payload("ab", null, false).rejection(Lines.LINE)).isEmpty();
        assertThat(payload("a\nb", null, false).rejection(Raw.RAW)).isEmpty();
        assertThat(payload("a\nb", null, true).rejection(Lines.LINE)).isEmpty();
    }

    /** The CR of a part's end would be swallowed just as that of the whole. */
    @Test
    void objectsToWhatIsWrongInAnyPart() {
        assertThat(objection(payload("a\r\r\nb", null, true), Lines.LINE))
                .contains("carriage return");
    }

    /** The rest of a split cannot be split further: only the bytes as they are will go. */
    @Test
    void advisesToSplitOnlyWhatThatMakesSeveralOf() {
        assertThat(objection(payload("abcdef", null, true), Framing.of("fixed:4")))
                .contains("the payload's length is 2 and a frame's 4")
                .doesNotContain("split=true")
                .contains("framing=raw");
    }

    /** A word with a value is parsed once for a listener, not for every message. */
    @Test
    void theListenersFramingIsParsedOnce() {
        Listener listener = PeerFixtures.listener("x", "length:2,offset=4");
        Framing framing = payload("a", null, false).framingFor(listener);
        assertThat(framing).isEqualTo(Framing.of("length:2,offset=4"));
        assertThat(payload("b", null, false).framingFor(listener)).isSameAs(framing);
    }

    private static String objection(Payload payload, Framing framing) {
        SendResult.Rejected rejected = payload.rejection(framing).orElseThrow();
        assertThat(rejected.reason()).isEqualTo(SendResult.Reason.BAD_PAYLOAD);
        return rejected.detail();
    }

    private static String encoded(Payload payload, Framing framing) {
        byte[] bytes = new byte[1 + payload.encodedLength(framing)];
        assertThat(payload.encode(framing, bytes, 1)).isEqualTo(bytes.length);
        return new String(bytes, 1, bytes.length - 1, ISO_8859_1);
    }

    private static Payload payload(String text, @Nullable Framing framing, boolean split) {
        return new Payload(
                new Send(
                        List.of(new Target.All()),
                        List.of(),
                        text.getBytes(ISO_8859_1),
                        framing,
                        split,
                        Wait.WRITTEN,
                        Duration.ofSeconds(5),
                        Results.AUTO,
                        false));
    }
}
