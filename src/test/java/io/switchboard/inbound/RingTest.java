package io.switchboard.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class RingTest {

    private record Item(long seq, int size) implements Ring.Numbered {}

    private static void add(Ring<Item> ring, int size) {
        ring.add(new Item(ring.last() + 1, size));
    }

    private static List<Long> seqs(Ring<Item> ring, long after) {
        return ring.read(after, _ -> true, Integer.MAX_VALUE, Long.MAX_VALUE).items().stream()
                .map(Item::seq)
                .toList();
    }

    private static List<Long> range(long first, long last) {
        return LongStream.rangeClosed(first, last).boxed().toList();
    }

    /** Also where some have made room before the table grows, so that it begins in its middle. */
    @Test
    void growsWithWhatIsKept() {
        Ring<Item> ring = new Ring<>(100, 1_000, 0);
        add(ring, 1_000);
        add(ring, 5);
        for (int seq = 3; seq <= 250; seq++) {
            add(ring, 1);
            assertThat(seqs(ring, 0)).isEqualTo(range(Math.max(2, seq - 99), seq));
        }
        assertThat(ring.bytes()).isEqualTo(100);
        assertThat(ring.oldest()).isEqualTo(151);
    }

    /** Race: the table is outgrown while a reader looks at it. */
    @Test
    void aReaderMissesNothingWhileTheTableGrows() throws Exception {
        for (int run = 0; run < 200; run++) {
            Ring<Item> ring = new Ring<>(10_000, Long.MAX_VALUE, 0);
            Thread adder =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        for (int i = 0; i < 2_000; i++) {
                                            add(ring, 1);
                                        }
                                    });
            long after = 0;
            while (after < 2_000) {
                Ring.Page<Item> page = ring.read(after, _ -> true, 7, Long.MAX_VALUE);
                assertThat(page.missed()).isZero();
                assertThat(page.items().stream().map(Item::seq).toList())
                        .isEqualTo(range(after + 1, page.next()));
                after = page.next();
            }
            adder.join();
        }
    }
}
