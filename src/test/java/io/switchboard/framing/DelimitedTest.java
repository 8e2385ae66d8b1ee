package io.switchboard.framing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class DelimitedTest {
    private static final Texts SEMICOLON = Texts.of("delimiter:;");
    private static final Texts TWICE = Texts.of("delimiter:aa");

    @Test
    void endsAtItsDelimiterAndAtNothingElse() {
        assertThat(SEMICOLON.cut("one;two\r\n;;three")).containsExactly("one", "two\r\n", "");
        assertThat(Texts.of("nul").cut("one\0\0two\n\0")).containsExactly("one", "", "two\n");
        assertThat(Texts.of("delimiter:\\r").cut("GP1\rGP2\r")).containsExactly("GP1", "GP2");
        assertThat(Texts.of("delimiter:0xff00").cut("a\u00ff\u00ff\0b\u00ff\0"))
                .containsExactly("a\u00ff", "b");
    }

    @Test
    void endsAtTheFirstPlaceThatMatches() {
        assertThat(TWICE.cut("baaaaac")).containsExactly("b", "");
        assertThat(Texts.of("delimiter:aab").cut("aaab")).containsExactly("a");
    }

    @Test
    void aDelimiterThatComesInPiecesIsFound() {
        CutFrames cut =
                new CutFrames(Framing.of("delimiter:END"))
                        .read("xE")
                        .read("N")
                        .read("yEN")
                        .read("D");
        assertThat(cut.texts()).containsExactly("xENy");
        assertThat(cut.unfinished()).isZero();
    }

    /** Else a long frame that comes byte by byte is searched from its start for each. */
    @Test
    void theSearchGoesOnWhereADelimiterMayHaveBegun() {
        byte[] bytes = "abcdefE".getBytes(ISO_8859_1);
        Cut cut = new Cut(100);
        assertThat(Framing.of("delimiter:END").cut(cut, bytes, 0, 7, 0)).isFalse();
        assertThat(cut.resume()).isEqualTo(5);
        assertThat(cut.keep()).isZero();
    }

    @Test
    void writesItsDelimiter() {
        assertThat(SEMICOLON.encode("one")).isEqualTo("one;");
        assertThat(Texts.of("nul").encode("")).isEqualTo("\0");
        assertThat(Texts.of("delimiter:0xff00").encode("x")).isEqualTo("x\u00ff\0");
    }

    @Test
    void objectsToItsDelimiterInside() {
        assertThat(SEMICOLON.objection("a;b"))
                .isEqualTo("at byte 1 of the payload is the delimiter 0x3b");
        assertThat(Texts.of("nul").objection("\0"))
                .isEqualTo("at byte 0 of the payload is the delimiter 0x00");
        assertThat(SEMICOLON.objection("a:b")).isEmpty();
        assertThat(SEMICOLON.objection("")).isEmpty();
    }

    @Test
    void objectsToAnEndThatTheDelimiterBehindItCompletes() {
        assertThat(TWICE.objection("xa"))
                .isEqualTo(
                        "byte 1 of the payload begins a delimiter 0x6161 that the one behind the"
                                + " payload completes");
        assertThat(TWICE.objection("ax")).isEmpty();
        assertThat(Texts.of("delimiter:aab").objection("xa")).isEmpty();
        assertThat(Texts.of("delimiter:abab").objection("xab")).isNotEmpty();
        assertThat(Texts.of("delimiter:abab").objection("xa")).isEmpty();
    }

    /** Not one payload more than must be refused, and not one less. */
    @Test
    void objectsToJustWhatWouldNotComeBack() {
        Streams streams = new Streams(3);
        for (String word : new String[] {"delimiter:a", "delimiter:aa", "delimiter:aba"}) {
            Framing framing = Framing.of(word);
            for (int round = 0; round < 5_000; round++) {
                byte[] payload = streams.bytes(round % 6);
                for (int at = 0; at < payload.length; at++) {
                    payload[at] = (byte) (payload[at] % 2 == 0 ? 'a' : 'b');
                }
                CutFrames cut = new CutFrames(framing).read(framing.encode(payload));
                boolean same =
                        cut.frames().size() == 1 && Arrays.equals(cut.frames().getFirst(), payload);
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
