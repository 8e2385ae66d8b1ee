package io.switchboard.framing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class RawTest {

    @Test
    void whatOneReadBringsIsOneMessage() {
        CutFrames cut = new CutFrames(Raw.RAW).read("a\r\nb").read("\0").read("c");
        assertThat(cut.texts()).containsExactly("a\r\nb", "\0", "c");
        assertThat(cut.unfinished()).isZero();
    }

    @Test
    void nothingIsNoMessage() {
        Cut cut = new Cut();
        assertThat(Raw.RAW.cut(cut, new byte[5], 3, 3, 3)).isFalse();
        assertThat(cut.resume()).isEqualTo(3);
    }

    @Test
    void cutsFromWhereItIsTold() {
        Cut cut = new Cut();
        assertThat(Raw.RAW.cut(cut, new byte[5], 1, 4, 1)).isTrue();
        assertThat(List.of(cut.start(), cut.end(), cut.next())).containsExactly(1, 4, 4);
    }

    @Test
    void sendsTheBytesAsTheyAre() {
        byte[] payload = "a\r\nb\0".getBytes(ISO_8859_1);
        assertThat(Raw.RAW.encode(payload)).isEqualTo(payload).isNotSameAs(payload);
        assertThat(Raw.RAW.encodedLength(payload.length)).isEqualTo(payload.length);
        byte[] target = new byte[7];
        assertThat(Raw.RAW.encode(payload, target, 1)).isEqualTo(6);
        assertThat(target).containsExactly(0, 'a', '\r', '\n', 'b', 0, 0);
    }

    @Test
    void objectsToNothingAndSplitsNothing() {
        byte[] payload = "a\nb\r".getBytes(ISO_8859_1);
        assertThat(Raw.RAW.objection(payload)).isEmpty();
        assertThat(Raw.RAW.split(payload)).containsExactly(payload);
    }
}
