package io.switchboard.framing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FixedTest {
    private static final Texts FOUR = Texts.of("fixed:4");

    @Test
    void everyFrameIsAsLong() {
        CutFrames cut = new CutFrames(FOUR.framing()).read("abc").read("defghi");
        assertThat(cut.texts()).containsExactly("abcd", "efgh");
        assertThat(cut.unfinished()).isEqualTo(1);
    }

    @Test
    void writesThePayloadAlone() {
        assertThat(FOUR.encode("abcd")).isEqualTo("abcd");
    }

    @Test
    void objectsToAnyOtherLength() {
        assertThat(FOUR.objection("abc")).isEqualTo("the payload's length is 3 and a frame's 4");
        assertThat(FOUR.objection("abcde")).isNotEmpty();
        assertThat(FOUR.objection("")).isNotEmpty();
        assertThat(FOUR.objection("abcd")).isEmpty();
    }

    @Test
    void splitsIntoFrames() {
        assertThat(FOUR.split("abcdefgh")).containsExactly("abcd", "efgh");
        assertThat(FOUR.split("abcdef")).containsExactly("abcd", "ef");
    }
}
