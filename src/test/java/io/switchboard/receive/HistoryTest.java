package io.switchboard.receive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.peer.CloseReason;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.ThreadTask;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class HistoryTest {
    private static final Duration LONG = Duration.ofMinutes(1);
    private final History history = new History(ReceiveFixtures.budget(3, 10), UTF_8);

    private void add(String... texts) {
        for (String text : texts) {
            add(history, text.getBytes(UTF_8));
        }
    }

    private static InboundMessage add(History history, byte[] payload) {
        InboundMessage added = history.append(payload, System.nanoTime(), false);
        history.wake();
        return added;
    }

    private Ring.Page<InboundMessage> after(long seq) throws InterruptedException {
        return history.read(seq, 100, Duration.ZERO);
    }

    private static List<String> texts(Ring.Page<InboundMessage> page) {
        return page.items().stream().map(each -> new String(each.payload(), UTF_8)).toList();
    }

    @Test
    void returnsTheOldestFirstAndTheNextCursor() throws Exception {
        add("a", "b", "c");
        assertThat(texts(after(0))).containsExactly("a", "b", "c");
        assertThat(after(0).next()).isEqualTo(3);
        assertThat(texts(after(2))).containsExactly("c");
        assertThat(texts(history.read(0, 2, Duration.ZERO))).containsExactly("a", "b");
        assertThat(history.read(0, 2, Duration.ZERO).next()).isEqualTo(2);
    }

    @Test
    void numbersFromOne() {
        assertThat(add(history, new byte[0]).seq()).isEqualTo(1);
        assertThat(add(history, new byte[0]).seq()).isEqualTo(2);
    }

    @Test
    void removesTheOldestAndReportsHowManyWereMissed() throws Exception {
        add("a", "b", "c", "d", "e");
        assertThat(texts(after(0))).containsExactly("c", "d", "e");
        assertThat(after(0).missed()).isEqualTo(2);
        assertThat(after(1).missed()).isEqualTo(1);
        assertThat(after(2).missed()).isZero();
        assertThat(after(4).missed()).isZero();
    }

    @Test
    void respectsTheByteLimitButAlwaysKeepsTheLatest() throws Exception {
        add("123456", "1234", "5");
        assertThat(texts(after(0))).containsExactly("1234", "5");
        assertThat(history.memory()).isEqualTo(5 + 2 * Ring.ITEM_OVERHEAD);
        add("x".repeat(50));
        assertThat(texts(after(0))).containsExactly("x".repeat(50));
        assertThat(history.memory()).isEqualTo(50 + Ring.ITEM_OVERHEAD);
        add("y");
        assertThat(texts(after(0))).containsExactly("y");
    }

    @Test
    void aReaderThatIsUpToDateGetsNothingAndKeepsItsCursor() throws Exception {
        add("a");
        assertThat(after(1)).isEqualTo(new Ring.Page<>(0, List.of(), 1));
        assertThat(new History(ReceiveFixtures.BUDGET, UTF_8).read(0, 1, Duration.ZERO))
                .isEqualTo(new Ring.Page<>(0, List.of(), 0));
    }

    /** A cursor of an earlier peer, or an invented one, must not make the reader wait for ever. */
    @Test
    void aCursorAheadOfTheLatestMessageIsSetBackToIt() throws Exception {
        add("a");
        assertThat(after(7).next()).isEqualTo(1);
    }

    @Test
    void aLongPollEndsWithTheNextMessage() throws Exception {
        add("a");
        ThreadTask<Ring.Page<InboundMessage>> reader =
                ThreadTask.call(() -> history.read(1, 100, LONG));
        await().until(() -> reader.thread().getState() == Thread.State.TIMED_WAITING);
        add("b");
        assertThat(texts(reader.result())).containsExactly("b");
    }

    @Test
    void aLongPollEndsWhenThePeerCloses() throws Exception {
        ThreadTask<Ring.Page<InboundMessage>> reader =
                ThreadTask.call(() -> history.read(0, 100, LONG));
        await().until(() -> reader.thread().getState() == Thread.State.TIMED_WAITING);
        history.close();
        assertThat(reader.result().items()).isEmpty();
        assertThat(ThreadTask.call(() -> history.read(0, 100, LONG)).result().items()).isEmpty();
    }

    @Test
    void aLongPollEndsAfterItsTimeout() throws Exception {
        assertThat(history.read(0, 100, Duration.ofMillis(1)).items()).isEmpty();
    }

    // ---- the budget that all histories share

    private final HistoryBudget small =
            ReceiveFixtures.budget(100, 4_000, 2 * HistoryBudget.BLOCK_BYTES);
    private final History first = new History(small, UTF_8);
    private final History second = new History(small, UTF_8);

    private static void add(History history, int size) {
        add(history, new byte[size]);
    }

    private static List<Integer> sizes(History history) throws InterruptedException {
        return history.read(0, 100, Duration.ZERO).items().stream()
                .map(each -> each.payload().length)
                .toList();
    }

    /** The payload that fills blocks of the budget, with the overhead of one message. */
    private static int filling(int blocks) {
        return blocks * HistoryBudget.BLOCK_BYTES - (int) Ring.ITEM_OVERHEAD;
    }

    @Test
    void growsUntilTheBudgetIsExhaustedAndThenRemovesSooner() throws Exception {
        add(first, filling(1));
        add(first, 100);
        add(first, 20);
        assertThat(sizes(first)).containsExactly(filling(1), 100, 20);
        add(first, 50);
        assertThat(sizes(first)).containsExactly(100, 20, 50);
    }

    @Test
    void aMessageLargerThanTheCapacityIsNumberedAndReportedAsMissed() throws Exception {
        add(first, filling(1));
        add(second, 10);
        add(second, filling(1) + 1);
        assertThat(second.read(0, 100, Duration.ZERO)).isEqualTo(new Ring.Page<>(2, List.of(), 2));
        add(second, 20);
        assertThat(sizes(second)).containsExactly(20);
        assertThat(second.read(1, 100, Duration.ZERO).missed()).isEqualTo(1);
        assertThat(second.memory()).isEqualTo(20 + Ring.ITEM_OVERHEAD);
    }

    /** 10,000 peers that each send 100 empty lines would otherwise fill 80 MB, and count none. */
    @Test
    void emptyMessagesCountInTheBudget() throws Exception {
        for (int message = 0; message < 100; message++) {
            add(first, 0);
        }
        assertThat(sizes(first))
                .hasSize((int) (2 * HistoryBudget.BLOCK_BYTES / Ring.ITEM_OVERHEAD));
        add(second, 0);
        assertThat(sizes(second)).isEmpty();
        assertThat(small.used()).isEqualTo(2 * HistoryBudget.BLOCK_BYTES);
    }

    @Test
    void aClosedPeerReturnsItsMemoryToTheBudget() throws Exception {
        add(first, filling(2));
        add(second, 1);
        assertThat(sizes(second)).isEmpty();
        first.close();
        first.close();
        add(second, 2);
        assertThat(sizes(second)).containsExactly(2);
        add(first, filling(3));
        add(second, filling(1));
        assertThat(sizes(second)).containsExactly(2, filling(1));
    }

    @Test
    void aHistoryCreatedAfterTheCloseTakesNothingFromTheBudget() throws Exception {
        PeerSession closed =
                PeerFixtures.registry().open(PeerFixtures.listener("default"), new FakeLink());
        closed.abort(CloseReason.RESET, null);
        add(History.of(closed, small), filling(2));
        add(second, filling(2));
        assertThat(sizes(second)).containsExactly(filling(2));
    }
}
