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
    void keepsTheFirstFewInOrder() {
        assertThat(foremost(3, null, place(5, 1), place(1, 2), place(9, 3), place(3, 4)))
                .containsExactly(place(1, 2), place(3, 4), place(5, 1));
    }

    @Test
    void keepsFewerWhereThereAreFewer() {
        assertThat(foremost(3, null)).isEmpty();
        assertThat(foremost(3, null, place(5, 1))).containsExactly(place(5, 1));
    }

    @Test
    void equalRanksAreOrderedById() {
        assertThat(foremost(2, null, place(5, 3), place(5, 1), place(5, 2)))
                .containsExactly(place(5, 1), place(5, 2));
    }

    @Test
    void beginsBehindTheSortPositionItIsGiven() {
        assertThat(foremost(9, place(5, 2), place(4, 9), place(5, 1), place(5, 2), place(5, 3)))
                .containsExactly(place(5, 3));
    }

    @Test
    void countsEveryOfferEvenBeforeItsBeginning() {
        TopK<String> foremost = new TopK<>(1, place(5, 1));
        foremost.offer(place(1, 1), "before");
        foremost.offer(place(6, 2), "kept");
        foremost.offer(place(7, 3), "too late");
        assertThat(foremost.offered()).isEqualTo(3);
        assertThat(foremost.inOrder()).extracting(TopK.Entry::what).containsExactly("kept");
    }

    @Test
    void isFullWithAsManyAsItKeeps() {
        TopK<String> foremost = new TopK<>(2, place(5, 1));
        foremost.offer(place(1, 1), "before");
        foremost.offer(place(8, 2), "kept");
        assertThat(foremost.isFull()).isFalse();
        foremost.offer(place(7, 3), "kept");
        assertThat(foremost.isFull()).isTrue();
    }

    /** What a sort of everything would give. */
    @RepeatedTest(50)
    void isWhatSortingEverythingWouldGive(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        List<SortPosition> places = new ArrayList<>();
        int count = random.nextInt(60);
        for (int seq = 1; seq <= count; seq++) {
            places.add(place(random.nextInt(-4, 4), seq));
        }
        Collections.shuffle(places, random);
        int most = 1 + random.nextInt(10);
        SortPosition after = random.nextBoolean() ? null : place(random.nextInt(-4, 4), 30);
        assertThat(foremost(most, after, places.toArray(SortPosition[]::new)))
                .isEqualTo(
                        places.stream()
                                .sorted()
                                .filter(each -> after == null || each.compareTo(after) > 0)
                                .limit(most)
                                .toList());
    }

    private static List<SortPosition> foremost(
            int most, @Nullable SortPosition after, SortPosition... offered) {
        TopK<SortPosition> foremost = new TopK<>(most, after);
        for (SortPosition place : offered) {
            foremost.offer(place, place);
        }
        return foremost.inOrder().stream().map(TopK.Entry::what).toList();
    }

    private static SortPosition place(long rank, long seq) {
        return new SortPosition(rank, new PeerId(1, seq));
    }
}
