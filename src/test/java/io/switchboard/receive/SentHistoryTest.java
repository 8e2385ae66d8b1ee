package io.switchboard.receive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.switchboard.peer.ThreadTask;
import io.switchboard.receive.SentHistory.Entry;
import io.switchboard.receive.SentHistory.Status;
import java.util.List;
import org.junit.jupiter.api.Test;

class SentHistoryTest {
    private final HistoryBudget budget = ReceiveFixtures.budget(3, 10);
    private final SentHistory history = new SentHistory(budget, UTF_8);

    private static SentMessage message(String text) {
        return new SentMessage("d-" + text, System.nanoTime(), text.getBytes(UTF_8));
    }

    private void add(String... texts) {
        for (String text : texts) {
            history.add(message(text));
        }
    }

    private List<String> texts(long after) {
        return history.read(after, 100).entries().stream()
                .map(each -> new String(each.message().payload(), UTF_8))
                .toList();
    }

    private Entry only() {
        return history.read(0, 100).entries().getFirst();
    }

    @Test
    void returnsTheOldestFirstAndTheNextCursor() {
        add("a", "b", "c");
        assertThat(texts(0)).containsExactly("a", "b", "c");
        assertThat(texts(2)).containsExactly("c");
        SentHistory.Page page = history.read(0, 2);
        assertThat(page.next()).isEqualTo(2);
        assertThat(page.missed()).isZero();
        assertThat(history.read(3, 2).next()).isEqualTo(3);
        assertThat(history.read(3, 2).entries()).isEmpty();
        assertThat(history.read(99, 2).next()).isEqualTo(3);
    }

    @Test
    void removesTheOldestAndReportsHowManyWereMissed() {
        add("a", "b", "c", "d", "e", "f", "g");
        assertThat(texts(0)).containsExactly("e", "f", "g");
        assertThat(history.read(0, 100).missed()).isEqualTo(4);
        assertThat(history.read(3, 100).missed()).isEqualTo(1);
        assertThat(history.read(4, 100).missed()).isZero();
        assertThat(history.read(0, 100).next()).isEqualTo(7);
    }

    @Test
    void respectsTheByteLimitButAlwaysKeepsTheLatest() {
        add("123456", "1234", "5");
        assertThat(texts(0)).containsExactly("1234", "5");
        add("x".repeat(50), "y");
        assertThat(texts(0)).containsExactly("y");
        add("z".repeat(50));
        assertThat(texts(0)).containsExactly("z".repeat(50));
        assertThat(history.memory()).isEqualTo(50 + Ring.ITEM_OVERHEAD);
    }

    @Test
    void aStatusNeverGoesBack() {
        add("a");
        assertThat(only().status()).isEqualTo(Status.QUEUED);
        history.set("d-a", Status.REPLIED, null);
        history.set("d-a", Status.WRITTEN, null); // the loop was slower than the reply
        assertThat(only().status()).isEqualTo(Status.REPLIED);
        assertThat(only().reason()).isNull();
    }

    @Test
    void keepsTheReasonOfAFailure() {
        add("a", "b");
        history.set("d-b", Status.FAILED, "kicked");
        history.set("d-unknown", Status.FAILED, "kicked");
        assertThat(history.read(0, 100).entries())
                .extracting(Entry::status, Entry::reason)
                .containsExactly(tuple(Status.QUEUED, null), tuple(Status.FAILED, "kicked"));
    }

    @Test
    void countsWhatTheBudgetHasNoRoomFor() {
        HistoryBudget small = ReceiveFixtures.budget(3, 10_000, 4 * HistoryBudget.BLOCK_BYTES);
        SentHistory one = new SentHistory(small, UTF_8);
        one.add(message("a"));
        one.add(message("x".repeat(150)));
        assertThat(one.read(0, 100).entries()).hasSize(1);
        assertThat(one.read(0, 100).missed()).isEqualTo(1);
        one.add(message("x".repeat(300)));
        assertThat(one.read(0, 100).entries()).isEmpty();
        assertThat(one.read(0, 100).missed()).isEqualTo(3);
        assertThat(one.read(0, 100).next()).isEqualTo(3);
        one.add(message("b"));
        assertThat(one.read(0, 100).entries()).hasSize(1);

        SentHistory other = new SentHistory(small, UTF_8);
        other.add(message("c"));
        assertThat(other.read(0, 100).entries()).isEmpty();
        one.close();
        assertThat(small.used()).isZero();
        other.add(message("d"));
        assertThat(other.read(0, 100).entries()).hasSize(1);
    }

    @Test
    void sentMessagesLeaveThreeQuartersOfTheBudgetToReceivedOnes() {
        HistoryBudget small = ReceiveFixtures.budget(3, 10_000, 4 * HistoryBudget.BLOCK_BYTES);
        for (int i = 0; i < 4; i++) {
            new SentHistory(small, UTF_8).add(message("a"));
        }
        assertThat(small.used()).isEqualTo(HistoryBudget.BLOCK_BYTES);
        assertThat(small.tryReserve(3 * HistoryBudget.BLOCK_BYTES)).isTrue();
    }

    @Test
    void aClosedHistoryKeepsItsMessagesAndStillLearnsTheirStatus() {
        add("a");
        history.close();
        history.close();
        assertThat(budget.used()).isZero();
        history.set("d-a", Status.FAILED, "kicked");
        add("b");
        assertThat(texts(0)).containsExactly("a");
        assertThat(only().status()).isEqualTo(Status.FAILED);
    }

    /** The loop reports that a message is written while the sender still adds others. */
    @Test
    void addingAndSettingAtTheSameTimeLosesNothing() throws Exception {
        SentHistory large = new SentHistory(ReceiveFixtures.budget(100, 65_536), UTF_8);
        for (int round = 0; round < 200; round++) {
            String text = "m" + round;
            large.add(message(text));
            ThreadTask<?> loop = ThreadTask.run(() -> large.set("d-" + text, Status.WRITTEN, null));
            large.add(message("other" + round));
            loop.result();
            List<Entry> latest = large.read(large.read(0, 1000).next() - 2, 2).entries();
            assertThat(latest.getFirst().status()).isEqualTo(Status.WRITTEN);
            assertThat(latest.getLast().status()).isEqualTo(Status.QUEUED);
        }
    }
}
