package io.switchboard.peer;

import static io.switchboard.peer.PeerFixtures.frames;
import static io.switchboard.peer.PeerFixtures.limits;
import static io.switchboard.peer.PeerFixtures.listener;
import static io.switchboard.peer.PeerFixtures.registry;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.peer.ListenerCounters.Count;
import io.switchboard.peer.Peer.PeerState;
import io.switchboard.peer.Peer.Traffic;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class OutboxTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final FakeLink link = new FakeLink();
    private final OutboxBudget budget = new OutboxBudget(1_000_000);
    private final PeerSession session = registry().open(listener("default"), link);
    private final ListenerCounters counters = session.listener().counters();
    private Outbox outbox = new Outbox(session, link, limits(1_000_000, 1_000), budget);

    @Test
    void writesAtOnceWhenIdle() {
        Told told = new Told();
        assertThat(offer("hello\n", told)).isTrue();
        assertThat(link.text()).isEqualTo("hello\n");
        assertThat(told.lines()).isEmpty();
        assertThat(outbox.sent()).isEqualTo(new Traffic(1, 6));
        assertThat(outbox.queued()).isEqualTo(Traffic.NONE);
        assertThat(outbox.lastSent()).isNotZero();
        assertThat(counters.get(Count.SENT_MESSAGES)).isEqualTo(1);
        assertThat(counters.get(Count.SENT_BYTES)).isEqualTo(6);
    }

    /** A broadcast uses one view for all peers, whatever each of them takes. */
    @Test
    void leavesTheViewAsItWas() {
        Frames frames = frames("hello\n", new Told());
        ByteBuffer view = frames.view();
        link.kernel(FakeLink.takes(6, 2));
        outbox.offer(frames, view);
        assertThat(view.remaining()).isEqualTo(6);
        outbox.offer(frames, view);
        assertThat(view.remaining()).isEqualTo(6);
    }

    @Test
    void keepsTheRestOfAPartialWriteAndGoesOnWhenWritable() {
        Told told = new Told();
        link.kernel(FakeLink.takes(2, 1));
        assertThat(offer("hello\n", told)).isFalse();
        assertThat(outbox.queued()).isEqualTo(new Traffic(1, 4));
        assertThat(link.wishes().drainPermits()).isEqualTo(1);
        assertThat(told.lines()).containsExactly("queued");

        outbox.writable();
        assertThat(link.text()).isEqualTo("hel");
        assertThat(outbox.queued()).isEqualTo(new Traffic(1, 3));
        assertThat(link.wishes().drainPermits()).isEqualTo(1);

        outbox.writable();
        assertThat(link.text()).isEqualTo("hello\n");
        assertThat(told.lines()).containsExactly("queued", "written 6");
        assertThat(outbox.queued()).isEqualTo(Traffic.NONE);
        assertThat(outbox.sent()).isEqualTo(new Traffic(1, 6));
        assertThat(link.wishes().availablePermits()).isZero();
        assertThat(budget.held()).isZero();
    }

    @Test
    void whatComesWhileBlockedGoesOutBehindTheRest() {
        Told first = new Told();
        Told second = new Told();
        link.kernel(FakeLink.takes(2));
        offer("hello\n", first);
        assertThat(offer("world\n", second)).isFalse();
        assertThat(link.text()).isEqualTo("he");
        outbox.writable();
        assertThat(link.text()).isEqualTo("hello\nworld\n");
        assertThat(first.lines()).containsExactly("queued", "written 6");
        assertThat(second.lines()).containsExactly("queued", "written 6");
    }

    @Test
    void aSocketThatIsWritableWithNothingWaitingIsLeftAlone() {
        outbox.writable();
        offer("a\n", new Told());
        outbox.writable();
        assertThat(link.writes()).containsExactly(1);
        assertThat(link.wishes().availablePermits()).isZero();
    }

    @Test
    void everythingPendingGoesOutInOneGatheringWrite() {
        block();
        for (int at = 0; at < 40; at++) {
            offer(at + "\n", new Told());
        }
        int before = link.writes().size();
        link.kernel(FakeLink.TAKES_ALL);
        outbox.writable();
        assertThat(link.writes().subList(before, link.writes().size())).containsExactly(41);
        assertThat(link.text()).startsWith("blocker\n0\n1\n2\n").endsWith("38\n39\n");
    }

    @Test
    void aGatheringWriteTakesABoundedNumberOfBuffers() {
        block();
        for (int at = 0; at < 99; at++) {
            offer(at + "\n", new Told());
        }
        int before = link.writes().size();
        link.kernel(FakeLink.TAKES_ALL);
        outbox.writable();
        assertThat(link.writes().subList(before, link.writes().size())).containsExactly(64, 36);
        assertThat(link.text()).endsWith("97\n98\n");
    }

    /** The JDK copies what a write is given, taken or not: too much of it would be copied often. */
    @Test
    void aGatheringWriteTakesABoundedNumberOfBytes() {
        link.kernel(FakeLink.FULL);
        for (int at = 0; at < 3; at++) {
            offer("x".repeat(200_000), new Told());
        }
        int before = link.writes().size();
        link.kernel(FakeLink.TAKES_ALL);
        outbox.writable();
        assertThat(link.writes().subList(before, link.writes().size())).containsExactly(1, 1, 1);
        assertThat(link.size()).isEqualTo(600_000);
    }

    @Test
    void refusesWhenFullOfBytes() {
        outbox = new Outbox(session, link, limits(10, 1_000), budget);
        link.kernel(FakeLink.FULL);
        Told fits = new Told();
        Told exceeds = new Told();
        Told refused = new Told();
        offer("12345678\n", fits);
        offer("9\n", exceeds);
        assertThat(outbox.queued()).isEqualTo(new Traffic(2, 11));

        assertThat(offer("x\n", refused)).isFalse();
        assertThat(refused.lines()).containsExactly("refused outbox_full");
        assertThat(outbox.queued()).isEqualTo(new Traffic(2, 11));
        assertThat(counters.get(Count.REFUSED_MESSAGES)).isEqualTo(1);

        link.kernel(FakeLink.TAKES_ALL);
        outbox.writable();
        assertThat(link.text()).isEqualTo("12345678\n9\n");
        assertThat(fits.lines()).containsExactly("queued", "written 9");
        assertThat(offer("y\n", new Told())).as("there is room again").isTrue();
    }

    @Test
    void refusesWhenFullOfMessages() {
        outbox = new Outbox(session, link, limits(1_000, 3), budget);
        link.kernel(FakeLink.FULL);
        for (int at = 0; at < 3; at++) {
            Told told = new Told();
            offer("x\n", told);
            assertThat(told.lines()).containsExactly("queued");
        }
        Told refused = new Told();
        offer("x\n", refused);
        assertThat(refused.lines()).containsExactly("refused outbox_full");
    }

    /** What a thread is writing directly waits for the kernel like everything else. */
    @Test
    void countsWhatIsBeingWrittenTowardsItsBounds() throws Exception {
        outbox = new Outbox(session, link, limits(10, 1_000), budget);
        Gate gate = new Gate(FakeLink.TAKES_ALL);
        link.kernel(gate);
        Elsewhere<Boolean> writer = offerElsewhere("012345678\n", new Told());
        gate.awaitEntered();
        Told refused = new Told();
        offer("x\n", refused);
        assertThat(refused.lines()).containsExactly("refused outbox_full");
        gate.open();
        assertThat(writer.result()).isTrue();
        assertThat(link.text()).isEqualTo("012345678\n");
    }

    @Test
    void oneLargeMessageFitsAnEmptyOutbox() {
        outbox = new Outbox(session, link, limits(10, 1_000), budget);
        link.kernel(FakeLink.FULL);
        Told told = new Told();
        offer("x".repeat(500), told);
        assertThat(told.lines()).containsExactly("queued");
        link.kernel(FakeLink.TAKES_ALL);
        outbox.writable();
        assertThat(told.lines()).containsExactly("queued", "written 500");
        assertThat(link.size()).isEqualTo(500);
    }

    /** Race: an offer while a thread writes. The writer looks at the queue again and writes it. */
    @Test
    void offerWhileAnotherThreadWritesIsQueuedAndWritten() throws Exception {
        Gate gate = new Gate(FakeLink.TAKES_ALL);
        link.kernel(gate);
        Told first = new Told();
        Told second = new Told();
        Elsewhere<Boolean> writer = offerElsewhere("first\n", first);
        gate.awaitEntered();
        assertThat(offer("second\n", second)).isFalse();
        assertThat(second.lines()).containsExactly("queued");

        gate.open();
        assertThat(writer.result()).isTrue();
        assertThat(link.text()).isEqualTo("first\nsecond\n");
        assertThat(first.lines()).isEmpty();
        assertThat(second.lines()).containsExactly("queued", "written 7");
        assertThat(outbox.queued()).isEqualTo(Traffic.NONE);
        assertThat(link.overlapped()).isFalse();
    }

    /** The same race, with a kernel that is full: the rest goes before what came meanwhile. */
    @Test
    void offerWhileAnotherThreadWritesInPartStaysBehindTheRest() throws Exception {
        Gate gate = new Gate(FakeLink.takes(3));
        link.kernel(gate);
        Elsewhere<Boolean> writer = offerElsewhere("first\n", new Told());
        gate.awaitEntered();
        offer("second\n", new Told());
        gate.open();
        assertThat(writer.result()).isFalse();
        assertThat(link.text()).isEqualTo("fir");
        outbox.writable();
        assertThat(link.text()).isEqualTo("first\nsecond\n");
    }

    /** Race: the socket becomes writable while a thread writes. There is one writer at a time. */
    @Test
    void writableWhileAThreadWritesIsLeftToThatThread() throws Exception {
        Gate gate = new Gate(FakeLink.TAKES_ALL);
        link.kernel(gate);
        Elsewhere<Boolean> writer = offerElsewhere("first\n", new Told());
        gate.awaitEntered();
        offer("second\n", new Told());
        outbox.writable();
        assertThat(link.text()).isEmpty();
        gate.open();
        assertThat(writer.result()).isTrue();
        assertThat(link.text()).isEqualTo("first\nsecond\n");
        assertThat(link.overlapped()).isFalse();
    }

    /** Others must not be able to keep a sender writing for them for ever. */
    @Test
    void aSenderHandsOverToTheLoopWhenOthersKeepQueueing() {
        AtomicInteger more = new AtomicInteger(100);
        Outbox busy = outbox;
        link.kernel(
                offered -> {
                    if (more.getAndDecrement() > 0) {
                        Frames another = frames("x\n", Receipt.NONE);
                        busy.offer(another, another.view());
                    }
                    return offered;
                });
        offer("first\n", new Told());
        assertThat(link.writes().size()).isLessThan(30);
        assertThat(outbox.queued().messages()).isEqualTo(1);
        assertThat(link.wishes().availablePermits()).isEqualTo(1);
        more.set(0);
        outbox.writable();
        assertThat(outbox.queued()).isEqualTo(Traffic.NONE);
    }

    /**
     * Race: a close while a thread writes directly. Only that thread knows what the kernel took.
     */
    @Test
    void closeWhileAThreadWritesLeavesTheQueueToTheWriter() throws Exception {
        Gate gate = new Gate(FakeLink.TAKES_ALL);
        link.kernel(gate);
        Told first = new Told();
        Told second = new Told();
        Elsewhere<Boolean> writer = offerElsewhere("first\n", first);
        gate.awaitEntered();
        offer("second\n", second);
        outbox.close(CloseReason.KICKED);
        assertThat(second.lines()).as("the writer has not returned").containsExactly("queued");

        gate.open();
        assertThat(writer.result()).as("the kernel took all of it").isTrue();
        assertThat(first.lines()).isEmpty();
        assertThat(second.lines()).containsExactly("queued", "failed kicked");
        assertThat(link.text()).isEqualTo("first\n");
        assertThat(outbox.sent()).isEqualTo(new Traffic(1, 6));
        assertThat(outbox.queued()).isEqualTo(Traffic.NONE);
        assertThat(counters.get(Count.FAILED_MESSAGES)).isEqualTo(1);
        assertThat(budget.held()).isZero();
    }

    /** The same race in a gathering write that the kernel takes in part. */
    @Test
    void closeWhileTheLoopWritesTellsEachReceiptOnce() throws Exception {
        block();
        List<Told> receipts = List.of(new Told(), new Told(), new Told());
        receipts.forEach(told -> offer("12345\n", told));
        // All of the first one and two bytes of the second.
        Gate gate = new Gate(FakeLink.takes("blocker\n".length() + 6 + 2));
        link.kernel(gate);
        Elsewhere<Boolean> loop = Elsewhere.run(outbox::writable);
        gate.awaitEntered();
        outbox.close(CloseReason.KICKED);
        assertThat(receipts).allSatisfy(told -> assertThat(told.lines()).hasSize(1));

        gate.open();
        loop.result();
        assertThat(receipts.get(0).lines()).containsExactly("queued", "written 6");
        assertThat(receipts.get(1).lines()).containsExactly("queued", "failed kicked");
        assertThat(receipts.get(2).lines()).containsExactly("queued", "failed kicked");
        assertThat(outbox.queued()).isEqualTo(Traffic.NONE);
        assertThat(budget.held()).isZero();
        assertThat(link.wishes().drainPermits()).as("only the first block").isEqualTo(1);
    }

    @Test
    void closeWhileBlockedFailsWhatWaits() {
        link.kernel(FakeLink.takes(2, 0));
        Told begun = new Told();
        Told waiting = new Told();
        offer("hello\n", begun);
        offer("world\n", waiting);
        outbox.close(CloseReason.PEER_CLOSED);
        assertThat(begun.lines()).containsExactly("queued", "failed peer_closed");
        assertThat(waiting.lines()).containsExactly("queued", "failed peer_closed");
        assertThat(outbox.queued()).isEqualTo(Traffic.NONE);
        assertThat(outbox.sent()).as("two bytes, and no whole frame").isEqualTo(new Traffic(0, 2));
        assertThat(budget.held()).isZero();

        int writes = link.writes().size();
        outbox.writable();
        assertThat(link.writes()).as("nobody writes to a closed peer").hasSize(writes);
    }

    /** Race: two closes while a thread writes. */
    @Test
    void theFirstCloseGivesTheReason() throws Exception {
        Gate gate = new Gate(FakeLink.TAKES_ALL);
        link.kernel(gate);
        Elsewhere<Boolean> writer = offerElsewhere("first\n", new Told());
        gate.awaitEntered();
        Told told = new Told();
        offer("x\n", told);
        outbox.close(CloseReason.KICKED);
        outbox.close(CloseReason.RESET);
        assertThat(told.lines()).containsExactly("queued");
        gate.open();
        writer.result();
        assertThat(told.lines()).containsExactly("queued", "failed kicked");
    }

    @Test
    void offersAreRefusedWhenClosed() {
        outbox.close(CloseReason.KICKED);
        Told told = new Told();
        assertThat(offer("x\n", told)).isFalse();
        assertThat(told.lines()).containsExactly("refused closed");
        assertThat(link.writes()).isEmpty();
    }

    @Test
    void drainFlushesThenFarewellThenEnds() {
        block();
        Told waiting = new Told();
        offer("waiting\n", waiting);
        outbox.drain(frames("bye\n", Receipt.NONE));
        assertThat(session.facts().state()).isEqualTo(PeerState.OPEN);

        link.kernel(FakeLink.takes(3));
        outbox.writable();
        assertThat(link.text()).isEqualTo("blo");
        assertThat(link.finished()).as("not before everything is out").isZero();

        outbox.writable();
        assertThat(link.text()).isEqualTo("blocker\nwaiting\nbye\n");
        assertThat(waiting.lines()).containsExactly("queued", "written 8");
        assertThat(link.finished()).as("it tells the session, which ends").isEqualTo(1);
        assertThat(budget.held()).isZero();
    }

    @Test
    void drainOfAnIdleOutboxWritesTheFarewellAndEndsAtOnce() {
        outbox.drain(frames("bye\n", Receipt.NONE));
        assertThat(link.text()).isEqualTo("bye\n");
        assertThat(link.finished()).isEqualTo(1);
    }

    @Test
    void drainOfAnIdleOutboxWithoutFarewellEndsAtOnce() {
        outbox.drain(null);
        assertThat(link.writes()).isEmpty();
        assertThat(link.finished()).isEqualTo(1);
    }

    /** Race: a drain while a thread writes. That thread flushes, and ends the session. */
    @Test
    void drainWhileAThreadWritesIsFinishedByThatThread() throws Exception {
        Gate gate = new Gate(FakeLink.TAKES_ALL);
        link.kernel(gate);
        Elsewhere<Boolean> writer = offerElsewhere("first\n", new Told());
        gate.awaitEntered();
        outbox.drain(frames("bye\n", Receipt.NONE));
        assertThat(link.finished()).isZero();
        gate.open();
        assertThat(writer.result()).isTrue();
        assertThat(link.text()).isEqualTo("first\nbye\n");
        assertThat(link.finished()).isEqualTo(1);
        assertThat(link.overlapped()).isFalse();
    }

    @Test
    void offersAreRefusedWhileDraining() {
        block();
        outbox.drain(null);
        Told told = new Told();
        assertThat(offer("late\n", told)).isFalse();
        assertThat(told.lines()).containsExactly("refused draining");
        assertThat(counters.get(Count.REFUSED_MESSAGES)).isEqualTo(1);
        link.kernel(FakeLink.TAKES_ALL);
        outbox.writable();
        assertThat(link.text()).isEqualTo("blocker\n");
    }

    /** Race: an offer between the end of the flush and the close that it leads to. */
    @Test
    void offersAreRefusedBetweenTheFlushAndTheClose() {
        // This outbox is not the session's own, so nobody closes it when it has drained.
        outbox.drain(null);
        Told told = new Told();
        assertThat(offer("late\n", told)).isFalse();
        assertThat(told.lines()).containsExactly("refused draining");
        assertThat(link.writes()).isEmpty();
    }

    @Test
    void theFarewellIsTakenWhateverTheBoundsSay() {
        OutboxBudget spent = new OutboxBudget(1);
        outbox = new Outbox(session, link, limits(1, 1), spent);
        block();
        outbox.drain(frames("bye\n", Receipt.NONE));
        link.kernel(FakeLink.TAKES_ALL);
        outbox.writable();
        assertThat(link.text()).isEqualTo("blocker\nbye\n");
        assertThat(spent.held()).isZero();
    }

    @Test
    void stalledNanosGrowsOnlyWithoutProgress() {
        assertThat(outbox.stalledNanos(System.nanoTime() + SECOND)).isZero();
        block();
        long stalled = System.nanoTime();
        assertThat(outbox.stalledNanos(stalled + SECOND)).isGreaterThanOrEqualTo(SECOND);

        outbox.writable();
        assertThat(outbox.stalledNanos(stalled + SECOND))
                .as("writable, and not a byte taken: it goes on")
                .isGreaterThanOrEqualTo(SECOND);

        long progress = System.nanoTime();
        link.kernel(FakeLink.takes(1, 0, 0));
        outbox.writable();
        assertThat(outbox.stalledNanos(progress + SECOND))
                .as("a byte was taken: it starts again")
                .isBetween(1L, SECOND);

        link.kernel(FakeLink.TAKES_ALL);
        outbox.writable();
        assertThat(outbox.stalledNanos(progress + SECOND)).as("nothing waits").isZero();
    }

    /** The stream must not break off inside a frame, whatever memory there is. */
    @Test
    void aMessagePartlyWrittenIsKeptWholeWhenTheBudgetIsExhausted() {
        OutboxBudget spent = new OutboxBudget(10);
        spent.take(10, false);
        outbox = new Outbox(session, link, limits(1_000, 1_000), spent);
        Told told = new Told();
        link.kernel(FakeLink.takes(2));
        offer("hello\n", told);
        assertThat(told.lines()).containsExactly("queued");
        outbox.writable();
        assertThat(link.text()).isEqualTo("hello\n");
        assertThat(told.lines()).containsExactly("queued", "written 6");
        assertThat(spent.held()).isEqualTo(10);
    }

    /** Encrypted, it cannot be called back, though the kernel has none of it yet. */
    @Test
    void aMessageThatIsOnItsWayIsKeptWhenTheBudgetIsExhausted() {
        OutboxBudget spent = new OutboxBudget(10);
        spent.take(10, false);
        outbox = new Outbox(session, link, limits(1_000, 1_000), spent);
        Told told = new Told();
        link.kernel(FakeLink.takes(0));
        link.ahead(1);
        offer("hello\n", told);
        assertThat(told.lines()).containsExactly("queued");
        outbox.writable();
        assertThat(told.lines()).containsExactly("queued", "written 6");
        assertThat(spent.held()).isEqualTo(10);
    }

    @Test
    void aMessageOfWhichNothingWentIsRefusedWhenTheBudgetIsExhausted() {
        OutboxBudget spent = new OutboxBudget(10);
        spent.take(10, false);
        outbox = new Outbox(session, link, limits(1_000, 1_000), spent);
        Told direct = new Told();
        link.kernel(FakeLink.takes(0, 2));
        assertThat(offer("hello\n", direct)).isFalse();
        assertThat(direct.lines()).containsExactly("refused memory_full");
        assertThat(outbox.queued()).isEqualTo(Traffic.NONE);

        offer("begun\n", new Told());
        Told behind = new Told();
        offer("world\n", behind);
        assertThat(behind.lines()).containsExactly("refused memory_full");
        outbox.writable();
        assertThat(link.text()).isEqualTo("begun\n");
        assertThat(counters.get(Count.REFUSED_MESSAGES)).isEqualTo(2);
    }

    @Test
    void everyShareOfABatchGetsItsOwnReceiptOnAPartialWrite() {
        Told first = new Told();
        Told second = new Told();
        Told third = new Told();
        Frames batch =
                new Frames(
                        ByteBuffer.wrap("aaaa\nbb\nb\nccccc\n".getBytes(ISO_8859_1)),
                        List.of(
                                new Frames.Share(5, 1, first),
                                new Frames.Share(5, 2, second),
                                new Frames.Share(6, 1, third)));
        link.kernel(FakeLink.takes(7, 4));
        assertThat(outbox.offer(batch, batch.view())).isFalse();
        assertThat(first.lines()).containsExactly("queued", "written 5");
        assertThat(second.lines()).containsExactly("queued");
        assertThat(third.lines()).containsExactly("queued");
        assertThat(outbox.queued()).isEqualTo(new Traffic(3, 9));
        assertThat(outbox.sent()).isEqualTo(new Traffic(1, 7));

        outbox.writable();
        assertThat(second.lines()).containsExactly("queued", "written 5");
        assertThat(third.lines()).containsExactly("queued");
        assertThat(outbox.sent()).isEqualTo(new Traffic(3, 11));

        outbox.writable();
        assertThat(third.lines()).containsExactly("queued", "written 6");
        assertThat(link.text()).isEqualTo("aaaa\nbb\nb\nccccc\n");
        assertThat(outbox.sent()).isEqualTo(new Traffic(4, 16));
        assertThat(budget.held()).isZero();
    }

    /** A bound may fall between the shares of a batch: each is taken or refused by itself. */
    @Test
    void theSharesOfABatchAreRefusedOneByOne() {
        outbox = new Outbox(session, link, limits(1_000, 3), budget);
        block();
        Told first = new Told();
        Told second = new Told();
        Told third = new Told();
        Frames batch =
                new Frames(
                        ByteBuffer.wrap("a\nb\nc\n".getBytes(ISO_8859_1)),
                        List.of(
                                new Frames.Share(2, 1, first),
                                new Frames.Share(2, 1, second),
                                new Frames.Share(2, 1, third)));
        assertThat(outbox.offer(batch, batch.view())).isFalse();
        assertThat(first.lines()).containsExactly("queued");
        assertThat(second.lines()).containsExactly("queued");
        assertThat(third.lines()).containsExactly("refused outbox_full");
        link.kernel(FakeLink.TAKES_ALL);
        outbox.writable();
        assertThat(link.text()).isEqualTo("blocker\na\nb\n");
    }

    @Test
    void aBrokenLinkFailsTheMessageAndEndsTheSession() {
        link.kernel(
                _ -> {
                    throw new IOException("Broken pipe");
                });
        Told told = new Told();
        Frames frames = frames("hello\n", told);
        assertThat(session.offer(frames, frames.view())).isFalse();
        assertThat(told.lines()).containsExactly("queued", "failed reset");
        assertThat(session.facts().closeReason()).isEqualTo(CloseReason.RESET);
        assertThat(session.facts().closeDetail()).isEqualTo("Broken pipe");
        assertThat(session.facts().queued()).isEqualTo(Traffic.NONE);
        assertThat(link.aborted()).isEqualTo(1);
    }

    /** A large message goes in several calls; what went before one fails has been sent. */
    @Test
    void countsWhatWentBeforeALinkBroke() {
        link.breakAfter(4);
        Told told = new Told();
        Frames frames = frames("hello\n", told);
        assertThat(session.offer(frames, frames.view())).isFalse();
        assertThat(told.lines()).containsExactly("queued", "failed reset");
        assertThat(session.facts().sent()).isEqualTo(new Traffic(0, 4));
        assertThat(session.facts().queued()).isEqualTo(Traffic.NONE);
    }

    @Test
    void countsWhatWentOfTheQueueBeforeALinkBroke() {
        link.kernel(FakeLink.FULL);
        Told told = new Told();
        Frames frames = frames("hello\n", told);
        assertThat(session.offer(frames, frames.view())).isFalse();
        link.breakAfter(4);
        session.writable();
        assertThat(told.lines()).containsExactly("queued", "failed reset");
        assertThat(session.facts().sent()).isEqualTo(new Traffic(0, 4));
        assertThat(session.facts().queued()).isEqualTo(Traffic.NONE);
    }

    /** As when there is no memory left for the JDK's copy: the outbox must not stay WRITING. */
    @Test
    void aLinkThatThrowsSomethingElseEndsTheSessionToo() {
        link.kernel(
                _ -> {
                    throw new InternalError("a fault of our own");
                });
        Told told = new Told();
        Frames frames = frames("hello\n", told);
        assertThat(session.offer(frames, frames.view())).isFalse();
        assertThat(told.lines()).containsExactly("queued", "failed internal_error");
        assertThat(session.facts().closeReason()).isEqualTo(CloseReason.INTERNAL_ERROR);
        assertThat(session.facts().queued()).isEqualTo(Traffic.NONE);
    }

    @Test
    void aLinkThatThrowsSomethingElseInTheLoopEndsTheSessionToo() {
        link.kernel(FakeLink.FULL);
        Told told = new Told();
        Frames frames = frames("hello\n", told);
        session.offer(frames, frames.view());
        link.kernel(
                _ -> {
                    throw new IllegalStateException("a fault of our own");
                });
        session.writable();
        assertThat(told.lines()).containsExactly("queued", "failed internal_error");
        assertThat(session.facts().closeReason()).isEqualTo(CloseReason.INTERNAL_ERROR);
    }

    @Test
    void aLinkThatBreaksInTheLoopFailsWhatWaits() {
        link.kernel(FakeLink.FULL);
        Told told = new Told();
        Frames frames = frames("hello\n", told);
        session.offer(frames, frames.view());
        link.kernel(
                _ -> {
                    throw new IOException("Connection reset by peer");
                });
        session.writable();
        assertThat(told.lines()).containsExactly("queued", "failed reset");
        assertThat(session.facts().queued()).isEqualTo(Traffic.NONE);
    }

    /** Every byte arrives, no frame inside another, and each thread's own frames in its order. */
    @Test
    void orderIsKeptWhenManyThreadsOffer() throws Exception {
        int threads = 8;
        int each = 400;
        outbox = new Outbox(session, link, limits(100_000_000, 1_000_000), budget);
        Random random = new Random(7);
        link.kernel(offered -> random.nextInt(offered + 1));
        List<Told> later = new ArrayList<>();
        Thread loop = loop();
        CyclicBarrier start = new CyclicBarrier(threads);
        List<Elsewhere<Boolean>> senders = new ArrayList<>();
        int total = 0;
        for (int sender = 0; sender < threads; sender++) {
            List<Frames> mine = new ArrayList<>();
            for (int seq = 0; seq < each; seq++) {
                Told told = new Told();
                later.add(told);
                Frames frames = frames(numbered(sender, seq), told);
                total += frames.size();
                mine.add(frames);
            }
            senders.add(
                    Elsewhere.run(
                            () -> {
                                arrive(start);
                                mine.forEach(frames -> outbox.offer(frames, frames.view()));
                            }));
        }
        for (Elsewhere<Boolean> sender : senders) {
            sender.result();
        }
        int expected = total;
        await().atMost(Duration.ofSeconds(10)).until(() -> link.size() == expected);
        await().until(() -> outbox.queued().equals(Traffic.NONE));
        loop.interrupt();

        int[] next = new int[threads];
        for (String frame : link.text().split("\n", -1)) {
            if (!frame.isEmpty()) {
                int sender = frame.charAt(0) - '0';
                assertThat(frame + "\n").isEqualTo(numbered(sender, next[sender]++));
            }
        }
        assertThat(next).containsOnly(each);
        assertThat(later)
                .allSatisfy(told -> assertThat(told.lines()).matches(OutboxTest::isSettledOnce));
        assertThat(outbox.sent()).isEqualTo(new Traffic((long) threads * each, total));
        assertThat(link.overlapped()).isFalse();
        assertThat(budget.held()).isZero();
    }

    /**
     * The books of an outbox that is closed at a random moment while threads offer: what was
     * accepted was written or failed, what was not was refused, and everyone is told once.
     */
    @Test
    void theLedgerIsEvenWheneverItIsClosed() throws Exception {
        for (int round = 0; round < 300; round++) {
            ledger(round);
        }
    }

    private static void ledger(int seed) throws Exception {
        Random script = new Random(seed);
        FakeLink link = new FakeLink();
        Listener listener = listener("default");
        PeerSession session = registry().open(listener, link);
        OutboxBudget budget = new OutboxBudget(400);
        Outbox outbox = new Outbox(session, link, limits(200, 10), budget);
        link.kernel(offered -> script.nextInt(4) == 0 ? 0 : script.nextInt(offered + 1));
        int threads = 3;
        int each = 12;
        int closeAfter = script.nextInt(threads * each + 1);
        Semaphore offered = new Semaphore(0);
        List<Told> receipts = new ArrayList<>();
        AtomicInteger atOnce = new AtomicInteger();
        List<Elsewhere<Boolean>> actors = new ArrayList<>();
        for (int sender = 0; sender < threads; sender++) {
            List<Frames> mine = new ArrayList<>();
            for (int seq = 0; seq < each; seq++) {
                Told told = new Told();
                receipts.add(told);
                mine.add(frames(numbered(sender, seq), told));
            }
            actors.add(
                    Elsewhere.run(
                            () -> {
                                for (Frames frames : mine) {
                                    if (outbox.offer(frames, frames.view())) {
                                        atOnce.incrementAndGet();
                                    }
                                    offered.release();
                                }
                            }));
        }
        actors.add(
                Elsewhere.run(
                        () -> {
                            while (!tryAcquire(offered, closeAfter)) {
                                if (link.wishes().tryAcquire()) {
                                    outbox.writable();
                                }
                            }
                            outbox.close(CloseReason.KICKED);
                        }));
        for (Elsewhere<Boolean> actor : actors) {
            actor.result();
        }

        long silent = receipts.stream().filter(told -> told.lines().isEmpty()).count();
        long written = count(receipts, "queued", "written");
        long failed = count(receipts, "queued", "failed");
        long refused =
                receipts.stream()
                        .filter(told -> told.lines().size() == 1)
                        .filter(told -> told.lines().getFirst().startsWith("refused"))
                        .count();
        assertThat(silent).as("round %d", seed).isEqualTo(atOnce.get());
        assertThat(silent + written + failed + refused).as("round %d", seed).isEqualTo(36);
        ListenerCounters counters = listener.counters();
        assertThat(counters.get(Count.SENT_MESSAGES)).isEqualTo(silent + written);
        assertThat(counters.get(Count.FAILED_MESSAGES)).isEqualTo(failed);
        assertThat(counters.get(Count.REFUSED_MESSAGES)).isEqualTo(refused);
        assertThat(counters.get(Count.SENT_BYTES)).isEqualTo(link.size());
        assertThat(outbox.queued()).isEqualTo(Traffic.NONE);
        assertThat(budget.held()).isZero();
        assertThat(link.overlapped()).isFalse();
        // What was told as written stands in the stream, whole, and nothing else does.
        long whole = link.text().chars().filter(each1 -> each1 == '\n').count();
        assertThat(whole).as("round %d", seed).isEqualTo(silent + written);
    }

    private static long count(List<Told> receipts, String first, String second) {
        return receipts.stream()
                .filter(told -> told.lines().size() == 2)
                .filter(told -> told.lines().getFirst().equals(first))
                .filter(told -> told.lines().getLast().startsWith(second))
                .count();
    }

    private static boolean isSettledOnce(List<? extends String> lines) {
        return lines.isEmpty()
                || (lines.size() == 2
                        && lines.getFirst().equals("queued")
                        && lines.getLast().startsWith("written "));
    }

    private static boolean tryAcquire(Semaphore offered, int permits) {
        try {
            return offered.tryAcquire(permits, 1, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void arrive(CyclicBarrier barrier) {
        try {
            barrier.await(10, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** A frame that tells whose and which it is, of a length that depends on both. */
    private static String numbered(int sender, int seq) {
        return sender + ":" + seq + ":" + "x".repeat((sender * 7 + seq * 13) % 50) + "\n";
    }

    /** Stands for the event loop: calls the outbox when it has wished for that. */
    private Thread loop() {
        Outbox served = outbox;
        return Thread.ofPlatform()
                .start(
                        () -> {
                            try {
                                while (true) {
                                    link.wishes().acquire();
                                    served.writable();
                                }
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        });
    }

    /** Puts the outbox into BLOCKED. */
    private void block() {
        link.kernel(FakeLink.FULL);
        offer("blocker\n", new Told());
    }

    private boolean offer(String text, Receipt receipt) {
        Frames frames = frames(text, receipt);
        return outbox.offer(frames, frames.view());
    }

    private Elsewhere<Boolean> offerElsewhere(String text, Receipt receipt) {
        return Elsewhere.call(() -> offer(text, receipt));
    }
}
