package io.switchboard.inbound;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.peer.Elsewhere;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class HistoryTest {
    private static final Duration LONG = Duration.ofMinutes(1);
    private final History history = new History(InboundFixtures.room(3, 10));

    private void add(String... texts) {
        for (String text : texts) {
            history.add(text.getBytes(UTF_8), System.nanoTime());
        }
    }

    private Ring.Page<InboundMessage> after(long seq) throws InterruptedException {
        return history.read(seq, 100, Duration.ZERO);
    }

    private static List<String> texts(Ring.Page<InboundMessage> page) {
        return page.items().stream().map(each -> new String(each.payload(), UTF_8)).toList();
    }

    @Test
    void givesTheOldestFirstAndWhereToGoOn() throws Exception {
        add("a", "b", "c");
        assertThat(texts(after(0))).containsExactly("a", "b", "c");
        assertThat(after(0).next()).isEqualTo(3);
        assertThat(texts(after(2))).containsExactly("c");
        assertThat(texts(history.read(0, 2, Duration.ZERO))).containsExactly("a", "b");
        assertThat(history.read(0, 2, Duration.ZERO).next()).isEqualTo(2);
    }

    @Test
    void numbersFromOne() {
        assertThat(history.add(new byte[0], 0).seq()).isEqualTo(1);
        assertThat(history.add(new byte[0], 0).seq()).isEqualTo(2);
    }

    @Test
    void forgetsTheOldestAndTellsHowManyWereMissed() throws Exception {
        add("a", "b", "c", "d", "e");
        assertThat(texts(after(0))).containsExactly("c", "d", "e");
        assertThat(after(0).missed()).isEqualTo(2);
        assertThat(after(1).missed()).isEqualTo(1);
        assertThat(after(2).missed()).isZero();
        assertThat(after(4).missed()).isZero();
    }

    @Test
    void keepsNoMoreBytesThanItMayAndAlwaysTheLatest() throws Exception {
        add("123456", "1234", "5");
        assertThat(texts(after(0))).containsExactly("1234", "5");
        assertThat(history.bytes()).isEqualTo(5);
        add("x".repeat(50));
        assertThat(texts(after(0))).containsExactly("x".repeat(50));
        assertThat(history.bytes()).isEqualTo(50);
        add("y");
        assertThat(texts(after(0))).containsExactly("y");
    }

    @Test
    void aReaderThatIsUpToDateGetsNothingAndStaysWhereItIs() throws Exception {
        add("a");
        assertThat(after(1)).isEqualTo(new Ring.Page<>(0, List.of(), 1));
        assertThat(new History(InboundFixtures.ROOM).read(0, 1, Duration.ZERO))
                .isEqualTo(new Ring.Page<>(0, List.of(), 0));
    }

    /** A cursor from before this peer connected, or made up: it must not wait for ever. */
    @Test
    void aReaderAheadOfThePeerGoesBackToWhereItIs() throws Exception {
        add("a");
        assertThat(after(7).next()).isEqualTo(1);
    }

    @Test
    void aLongPollEndsWithTheNextMessage() throws Exception {
        add("a");
        Elsewhere<Ring.Page<InboundMessage>> reader =
                Elsewhere.call(() -> history.read(1, 100, LONG));
        await().until(() -> reader.thread().getState() == Thread.State.TIMED_WAITING);
        add("b");
        assertThat(texts(reader.result())).containsExactly("b");
    }

    @Test
    void aLongPollEndsWithThePeer() throws Exception {
        Elsewhere<Ring.Page<InboundMessage>> reader =
                Elsewhere.call(() -> history.read(0, 100, LONG));
        await().until(() -> reader.thread().getState() == Thread.State.TIMED_WAITING);
        history.close();
        assertThat(reader.result().items()).isEmpty();
        assertThat(Elsewhere.call(() -> history.read(0, 100, LONG)).result().items()).isEmpty();
    }

    @Test
    void aLongPollEndsWithItsTime() throws Exception {
        assertThat(history.read(0, 100, Duration.ofMillis(1)).items()).isEmpty();
    }

    // ---- the room that all share

    private final History.Room small = InboundFixtures.room(100, 4_000, 2 * History.Room.PIECE);
    private final History first = new History(small);
    private final History second = new History(small);

    private static void add(History history, int size) {
        history.add(new byte[size], System.nanoTime());
    }

    private static List<Integer> sizes(History history) throws InterruptedException {
        return history.read(0, 100, Duration.ZERO).items().stream()
                .map(each -> each.payload().length)
                .toList();
    }

    @Test
    void growsWhileThereIsRoomAndThenForgetsSooner() throws Exception {
        add(first, History.Room.PIECE);
        add(first, 200);
        add(first, 50);
        assertThat(sizes(first)).containsExactly(History.Room.PIECE, 200, 50);
        add(first, 100);
        assertThat(sizes(first)).containsExactly(200, 50, 100);
    }

    @Test
    void whatThereIsNoRoomForIsNumberedAndToldAsMissed() throws Exception {
        add(first, History.Room.PIECE);
        add(second, 10);
        add(second, History.Room.PIECE + 1);
        assertThat(second.read(0, 100, Duration.ZERO)).isEqualTo(new Ring.Page<>(2, List.of(), 2));
        add(second, 20);
        assertThat(sizes(second)).containsExactly(20);
        assertThat(second.read(1, 100, Duration.ZERO).missed()).isEqualTo(1);
        assertThat(second.bytes()).isEqualTo(20);
    }

    @Test
    void aPeerThatGoesLeavesItsRoomToOthers() throws Exception {
        add(first, 2 * History.Room.PIECE);
        add(second, 1);
        assertThat(sizes(second)).isEmpty();
        first.close();
        first.close();
        add(second, 2);
        assertThat(sizes(second)).containsExactly(2);
        add(first, 3 * History.Room.PIECE);
        add(second, History.Room.PIECE);
        assertThat(sizes(second)).containsExactly(2, History.Room.PIECE);
    }
}
