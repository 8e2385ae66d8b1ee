package io.switchboard.receive;

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

    /** Removes items before the table grows, so that the oldest item is not in slot 0. */
    @Test
    void growsWithWhatIsKept() {
        Ring<Item> ring = new Ring<>(100, 1_000, 0);
        add(ring, 1_000);
        add(ring, 5);
        for (int seq = 3; seq <= 250; seq++) {
            add(ring, 1);
            assertThat(seqs(ring, 0)).isEqualTo(range(Math.max(2, seq - 99), seq));
        }
        assertThat(ring.memory()).isEqualTo(100 + 100 * Ring.ITEM_OVERHEAD);
        assertThat(ring.oldest()).isEqualTo(151);
    }

    /** Race: the table is replaced by a larger one while a reader uses it. */
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
