package io.switchboard.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.peer.PeerId;
import io.switchboard.query.PeerSort.SortPosition;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class TopKTest {

    @Test
    void returnsTheFirstItemsInOrder() {
        assertThat(topK(3, null, position(5, 1), position(1, 2), position(9, 3), position(3, 4)))
                .containsExactly(position(1, 2), position(3, 4), position(5, 1));
    }

    @Test
    void returnsFewerIfFewerWereOffered() {
        assertThat(topK(3, null)).isEmpty();
        assertThat(topK(3, null, position(5, 1))).containsExactly(position(5, 1));
    }

    @Test
    void ordersEqualRanksById() {
        assertThat(topK(2, null, position(5, 3), position(5, 1), position(5, 2)))
                .containsExactly(position(5, 1), position(5, 2));
    }

    @Test
    void keepsOnlyItemsAfterThePosition() {
        assertThat(
                        topK(
                                9,
                                position(5, 2),
                                position(4, 9),
                                position(5, 1),
                                position(5, 2),
                                position(5, 3)))
                .containsExactly(position(5, 3));
    }

    @Test
    void countsEveryOfferedItemEvenBeforeThePosition() {
        TopK<String> top = new TopK<>(1, position(5, 1));
        top.offer(position(1, 1), "before");
        top.offer(position(6, 2), "kept");
        top.offer(position(7, 3), "too late");
        assertThat(top.offered()).isEqualTo(3);
        assertThat(top.inOrder()).extracting(TopK.Entry::item).containsExactly("kept");
    }

    @Test
    void isFullWhenTheLimitIsReached() {
        TopK<String> top = new TopK<>(2, position(5, 1));
        top.offer(position(1, 1), "before");
        top.offer(position(8, 2), "kept");
        assertThat(top.isFull()).isFalse();
        top.offer(position(7, 3), "kept");
        assertThat(top.isFull()).isTrue();
    }

    @RepeatedTest(50)
    void returnsWhatSortingAllItemsWouldReturn(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        List<SortPosition> positions = new ArrayList<>();
        int count = random.nextInt(60);
        for (int seq = 1; seq <= count; seq++) {
            positions.add(position(random.nextInt(-4, 4), seq));
        }
        Collections.shuffle(positions, random);
        int limit = 1 + random.nextInt(10);
        SortPosition after = random.nextBoolean() ? null : position(random.nextInt(-4, 4), 30);
        assertThat(topK(limit, after, positions.toArray(SortPosition[]::new)))
                .isEqualTo(
                        positions.stream()
                                .sorted()
                                .filter(each -> after == null || each.compareTo(after) > 0)
                                .limit(limit)
                                .toList());
    }

    private static List<SortPosition> topK(
            int limit, @Nullable SortPosition after, SortPosition... offered) {
        TopK<SortPosition> top = new TopK<>(limit, after);
        for (SortPosition position : offered) {
            top.offer(position, position);
        }
        return top.inOrder().stream().map(TopK.Entry::item).toList();
    }

    private static SortPosition position(long rank, long seq) {
        return new SortPosition(rank, new PeerId(1, seq));
    }
}
