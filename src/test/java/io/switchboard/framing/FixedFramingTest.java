package io.switchboard.framing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FixedFramingTest {
    private static final TextFraming FOUR = TextFraming.of("fixed:4");

    @Test
    void everyFrameHasTheFixedLength() {
        FrameCollector collected = new FrameCollector(FOUR.framing()).read("abc").read("defghi");
        assertThat(collected.texts()).containsExactly("abcd", "efgh");
        assertThat(collected.unfinished()).isEqualTo(1);
    }

    @Test
    void writesThePayloadUnchanged() {
        assertThat(FOUR.encode("abcd")).isEqualTo("abcd");
    }

    @Test
    void objectsToAnyOtherLength() {
        assertThat(FOUR.objection("abc"))
                .isEqualTo("the payload's length is 3, but a frame has 4 bytes");
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
