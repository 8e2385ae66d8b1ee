package io.switchboard.framing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class DelimitedFramingTest {
    private static final TextFraming SEMICOLON = TextFraming.of("delimiter:;");
    private static final TextFraming TWICE = TextFraming.of("delimiter:aa");

    @Test
    void framesEndOnlyAtTheDelimiter() {
        assertThat(SEMICOLON.decode("one;two\r\n;;three")).containsExactly("one", "two\r\n", "");
        assertThat(TextFraming.of("nul").decode("one\0\0two\n\0"))
                .containsExactly("one", "", "two\n");
        assertThat(TextFraming.of("delimiter:\\r").decode("GP1\rGP2\r"))
                .containsExactly("GP1", "GP2");
        assertThat(TextFraming.of("delimiter:0xff00").decode("a\u00ff\u00ff\0b\u00ff\0"))
                .containsExactly("a\u00ff", "b");
    }

    @Test
    void framesEndAtTheFirstMatch() {
        assertThat(TWICE.decode("baaaaac")).containsExactly("b", "");
        assertThat(TextFraming.of("delimiter:aab").decode("aaab")).containsExactly("a");
    }

    @Test
    void findsADelimiterThatArrivesInPieces() {
        FrameCollector collected =
                new FrameCollector(Framing.of("delimiter:END"))
                        .read("xE")
                        .read("N")
                        .read("yEN")
                        .read("D");
        assertThat(collected.texts()).containsExactly("xENy");
        assertThat(collected.unfinished()).isZero();
    }

    /**
     * Otherwise, if a long frame arrives byte by byte, each byte causes a search from its start.
     */
    @Test
    void resumesWhereADelimiterMayHaveBegun() {
        byte[] bytes = "abcdefE".getBytes(ISO_8859_1);
        FrameScan scan = new FrameScan(100);
        assertThat(Framing.of("delimiter:END").scan(scan, bytes, 0, 7, 0)).isFalse();
        assertThat(scan.resume()).isEqualTo(5);
        assertThat(scan.keep()).isZero();
    }

    @Test
    void writesItsDelimiter() {
        assertThat(SEMICOLON.encode("one")).isEqualTo("one;");
        assertThat(TextFraming.of("nul").encode("")).isEqualTo("\0");
        assertThat(TextFraming.of("delimiter:0xff00").encode("x")).isEqualTo("x\u00ff\0");
    }

    @Test
    void objectsToItsDelimiterInAPayload() {
        assertThat(SEMICOLON.objection("a;b"))
                .isEqualTo("at byte 1 of the payload is the delimiter 0x3b");
        assertThat(TextFraming.of("nul").objection("\0"))
                .isEqualTo("at byte 0 of the payload is the delimiter 0x00");
        assertThat(SEMICOLON.objection("a:b")).isEmpty();
        assertThat(SEMICOLON.objection("")).isEmpty();
    }

    @Test
    void objectsToAPayloadWhoseEndAndDelimiterFormAnEarlierDelimiter() {
        assertThat(TWICE.objection("xa"))
                .isEqualTo(
                        "byte 1 of the payload begins a delimiter 0x6161 that the one after the"
                                + " payload completes");
        assertThat(TWICE.objection("ax")).isEmpty();
        assertThat(TextFraming.of("delimiter:aab").objection("xa")).isEmpty();
        assertThat(TextFraming.of("delimiter:abab").objection("xab")).isNotEmpty();
        assertThat(TextFraming.of("delimiter:abab").objection("xa")).isEmpty();
    }

    /**
     * No payload is refused without need, and none is accepted that would be received differently.
     */
    @Test
    void objectsToExactlyThePayloadsThatWouldNotBeReceivedUnchanged() {
        RandomStreams streams = new RandomStreams(3);
        for (String word : new String[] {"delimiter:a", "delimiter:aa", "delimiter:aba"}) {
            Framing framing = Framing.of(word);
            for (int round = 0; round < 5_000; round++) {
                byte[] payload = streams.bytes(round % 6);
                for (int at = 0; at < payload.length; at++) {
                    payload[at] = (byte) (payload[at] % 2 == 0 ? 'a' : 'b');
                }
                FrameCollector collected =
                        new FrameCollector(framing).read(framing.encode(payload));
                boolean same =
                        collected.frames().size() == 1
                                && Arrays.equals(collected.frames().getFirst(), payload);
                assertThat(framing.objection(payload).isEmpty()).isEqualTo(same);
            }
        }
    }

    @Test
    void splitsAtItsDelimiter() {
        assertThat(SEMICOLON.split("one;two;;three")).containsExactly("one", "two", "", "three");
        assertThat(SEMICOLON.split("one;")).containsExactly("one");
        assertThat(SEMICOLON.split("")).containsExactly("");
    }
}
