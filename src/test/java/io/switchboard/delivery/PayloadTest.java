package io.switchboard.delivery;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
        assertThatThrownBy(() -> payload("a\nb", null, false).check(Lines.LINE))
                .isInstanceOf(BadPayload.class)
                .hasMessageContaining("byte 1 of the payload is a line feed (0x0a)")
                .hasMessageContaining("framing 'line'")
                .hasMessageContaining("split=true")
                .hasMessageContaining("framing=raw");
    }

    @Test
    void objectsToNothingThatCanBeSent() {
        assertThatCode(
                        () -> {
                            payload("ab", null, false).check(Lines.LINE);
                            payload("a\nb", null, false).check(Raw.RAW);
                            payload("a\nb", null, true).check(Lines.LINE);
                        })
                .doesNotThrowAnyException();
    }

    /** The CR of a part's end would be swallowed just as that of the whole. */
    @Test
    void objectsToWhatIsWrongInAnyPart() {
        assertThatThrownBy(() -> payload("a\r\r\nb", null, true).check(Lines.LINE))
                .isInstanceOf(BadPayload.class)
                .hasMessageContaining("carriage return");
    }

    /** The rest of a split cannot be split further: only the bytes as they are will go. */
    @Test
    void advisesToSplitOnlyWhatThatMakesSeveralOf() {
        assertThatThrownBy(() -> payload("abcdef", null, true).check(Framing.of("fixed:4")))
                .isInstanceOf(BadPayload.class)
                .hasMessageContaining("the payload's length is 2 and a frame's 4")
                .hasMessageNotContaining("split=true")
                .hasMessageContaining("framing=raw");
    }

    /** A word with a value is parsed once for a listener, not for every message. */
    @Test
    void theListenersFramingIsParsedOnce() {
        Listener listener = PeerFixtures.listener("x", "length:2,offset=4");
        Framing framing = payload("a", null, false).framingFor(listener);
        assertThat(framing).isEqualTo(Framing.of("length:2,offset=4"));
        assertThat(payload("b", null, false).framingFor(listener)).isSameAs(framing);
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
                        Results.AUTO));
    }
}
