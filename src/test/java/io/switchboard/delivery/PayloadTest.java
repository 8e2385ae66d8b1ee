package io.switchboard.delivery;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.framing.Framing;
import io.switchboard.framing.LineFraming;
import io.switchboard.framing.RawFraming;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerFixtures;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PayloadTest {

    @Test
    void hasTheFramingOfTheListener() {
        Payload payload = payload("a", null, false);
        assertThat(payload.framingFor(PeerFixtures.listener("x", "crlf")))
                .isEqualTo(LineFraming.CRLF);
        assertThat(payload.framingFor(PeerFixtures.listener("x", "raw"))).isEqualTo(RawFraming.RAW);
    }

    @Test
    void hasTheFramingOfTheSenderIfItGaveOne() {
        Payload payload = payload("a", RawFraming.RAW, false);
        assertThat(payload.framingFor(PeerFixtures.listener("x", "crlf")))
                .isEqualTo(RawFraming.RAW);
    }

    @Test
    void isOneFrameUnlessSplit() {
        assertThat(encoded(payload("a\nb", RawFraming.RAW, false), RawFraming.RAW))
                .isEqualTo("a\nb");
        Payload split = payload("a\nb\r\n", null, true);
        assertThat(split.parts(LineFraming.CRLF)).hasSize(2);
        assertThat(encoded(split, LineFraming.CRLF)).isEqualTo("a\r\nb\r\n");
    }

    @Test
    void rejectsADelimiterInsideAFrameAndGivesTheRemedies() {
        assertThat(objection(payload("a\nb", null, false), LineFraming.LINE))
                .contains("byte 1 of the payload is a line feed (0x0a)")
                .contains("framing 'line'")
                .contains("split=true")
                .contains("framing=raw");
    }

    @Test
    void acceptsAPayloadThatTheFramingCanCarry() {
        assertThat(payload("ab", null, false).rejection(LineFraming.LINE)).isEmpty();
        assertThat(payload("a\nb", null, false).rejection(RawFraming.RAW)).isEmpty();
        assertThat(payload("a\nb", null, true).rejection(LineFraming.LINE)).isEmpty();
    }

    /** A receiver would take the CR at the end of a part as part of the line end. */
    @Test
    void rejectsAPayloadOfWhichOnePartCannotBeCarried() {
        assertThat(objection(payload("a\r\r\nb", null, true), LineFraming.LINE))
                .contains("carriage return");
    }

    /** The last part of a split payload is too short and cannot be split: only raw remains. */
    @Test
    void advisesToSplitOnlyAPayloadThatCanBeSplit() {
        assertThat(objection(payload("abcdef", null, true), Framing.of("fixed:4")))
                .contains("the payload's length is 2, but a frame has 4 bytes")
                .doesNotContain("split=true")
                .contains("framing=raw");
    }

    /** The listener's framing is parsed once, not for every message. */
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
                SendBuilder.to(new Target.All())
                        .payload(text)
                        .framing(framing)
                        .split(split)
                        .build());
    }
}
