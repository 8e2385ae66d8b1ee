package io.switchboard.framing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ByteSearchTest {
    private static int oneByOne(byte value, byte[] bytes, int from, int to) {
        int at = from;
        while (at < to && bytes[at] != value) {
            at++;
        }
        return at;
    }

    @Test
    void findsWhatASearchByteByByteFinds() {
        Random random = new Random(1);
        byte[] near = {'\n', '\n' + 1, '\n' - 1, (byte) ('\n' | 0x80), 0, 1, -1, -128, 127};
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = new byte[random.nextInt(40)];
            for (int at = 0; at < bytes.length; at++) {
                bytes[at] = near[random.nextInt(near.length)];
            }
            int to = random.nextInt(bytes.length + 1);
            int from = random.nextInt(to + 1);
            for (byte value : near) {
                assertThat(ByteSearch.indexOf(value, bytes, from, to))
                        .isEqualTo(oneByOne(value, bytes, from, to));
            }
        }
    }

    @Test
    void findsTheFirstOfSeveral() {
        byte[] bytes = {0, 0, '\n', '\n' + 1, '\n', 0, 0, 0, '\n'};
        assertThat(ByteSearch.indexOf((byte) '\n', bytes, 0, bytes.length)).isEqualTo(2);
        assertThat(ByteSearch.indexOf((byte) '\n', bytes, 3, bytes.length)).isEqualTo(4);
        assertThat(ByteSearch.indexOf((byte) '\n', bytes, 5, 8)).isEqualTo(8);
    }
}
