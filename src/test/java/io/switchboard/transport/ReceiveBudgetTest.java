package io.switchboard.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.transport.ReceiveBudget.ReceiveProperties;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

class ReceiveBudgetTest {
    private final ReceiveBudget budget = budget(2_000);
    private final ReceiveBudget.Share share = budget.share(2);
    private final List<Connection> closed = new ArrayList<>();

    static ReceiveBudget budget(int bytes) {
        return new ReceiveBudget(new ReceiveProperties(DataSize.ofBytes(bytes)));
    }

    @Test
    void eachLoopHasAnEqualShare() {
        assertThat(budget.limit()).isEqualTo(2_000);
        assertThat(share.limit()).isEqualTo(1_000);
    }

    @Test
    void theDefaultIsATenthOfTheHeap() {
        assertThat(new ReceiveBudget(new ReceiveProperties(null)).limit())
                .isEqualTo(Runtime.getRuntime().maxMemory() / 10);
    }

    @Test
    void theFirst512BytesOfAConnectionAreFree() {
        assertThat(ReceiveBudget.counted(512)).isZero();
        assertThat(ReceiveBudget.counted(513)).isEqualTo(1);
    }

    @Test
    void closesTheOldestUnfinishedFramesUntilTheRestFits() {
        Connection first = new Connection().holds(300, true);
        Connection second = new Connection().holds(300, true);
        Connection third = new Connection().holds(300, true);
        first.holds(400, true); // has grown, and is still the oldest
        assertThat(closed).isEmpty();
        Connection fourth = new Connection().holds(500, true);
        assertThat(closed).containsExactly(first, second);
        assertThat(budget.used()).isEqualTo(third.held + fourth.held).isEqualTo(800);
    }

    /** If only the rest fitted, each peer would read 512 bytes at a time from then on. */
    @Test
    void closesTheOldestUnfinishedFramesUntilAnEighthIsFree() {
        Connection first = new Connection().holds(100, true);
        Connection second = new Connection().holds(100, true);
        Connection third = new Connection().holds(700, true);
        new Connection().holds(100, true);
        assertThat(share.fits(0)).isTrue();
        assertThat(closed).isEmpty();
        new Connection().holds(1, true);
        assertThat(closed).containsExactly(first, second);
        assertThat(budget.used()).isEqualTo(third.held + 101);
        assertThat(share.fits(125)).isTrue();
    }

    @Test
    void closesAConnectionThatExceedsTheShareAlone() {
        Connection only = new Connection().holds(1_001, true);
        assertThat(closed).containsExactly(only);
        assertThat(budget.used()).isZero();
    }

    @Test
    void aFrameThatWasFinishedIsNotTheOldestAnyMore() {
        Connection first = new Connection().holds(300, true);
        Connection second = new Connection().holds(300, true);
        first.holds(0, true).holds(300, true);
        new Connection().holds(500, true);
        assertThat(closed).containsExactly(second);
    }

    @Test
    void doesNotCloseConnectionsWhoseCompleteFramesWait() {
        Connection waiting = new Connection().holds(900, false);
        Connection unfinished = new Connection().holds(300, true);
        assertThat(closed).containsExactly(unfinished);
        waiting.holds(800, true);
        assertThat(closed).containsExactly(unfinished);
        new Connection().holds(300, true);
        assertThat(closed).containsExactly(unfinished, waiting);
    }

    @Test
    void tellsWhetherMoreBytesFit() {
        new Connection().holds(900, false);
        assertThat(share.fits(100)).isTrue();
        assertThat(share.fits(101)).isFalse();
        assertThat(budget.share(2).fits(1_000)).as("another loop's share").isTrue();
    }

    private final class Connection implements ReceiveBudget.Holder {
        private int held;

        Connection holds(int bytes, boolean isUnfinished) {
            int before = held;
            held = bytes;
            share.change(this, before, bytes, isUnfinished);
            return this;
        }

        @Override
        public void receiveBudgetExceeded() {
            closed.add(this);
            holds(0, true);
        }
    }
}
