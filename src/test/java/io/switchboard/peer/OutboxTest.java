package io.switchboard.peer;

import static io.switchboard.peer.PeerFixtures.frames;
import static io.switchboard.peer.PeerFixtures.limits;
import static io.switchboard.peer.PeerFixtures.listener;
import static io.switchboard.peer.PeerFixtures.registry;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.peer.ListenerCounters.ListenerMetric;
import io.switchboard.peer.PeerSnapshot.PeerState;
import io.switchboard.peer.PeerSnapshot.Traffic;
import java.io.IOException;
import java.nio.ByteBuffer;
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
    private final OutboxBudget budget = PeerFixtures.budget(1_000_000);
    private final PeerSession session = registry().open(listener("default"), link);
    private final ListenerCounters counters = session.listener().counters();
    private Outbox outbox = new Outbox(session, link, limits(1_000_000, 1_000), budget);

    @Test
    void writesAtOnceWhenIdle() {
        RecordingCallback callback = new RecordingCallback();
        assertThat(offer("hello\n", callback)).isTrue();
        assertThat(link.text()).isEqualTo("hello\n");
        assertThat(callback.lines()).isEmpty();
        assertThat(outbox.sent()).isEqualTo(new Traffic(1, 6));
        assertThat(outbox.queued()).isEqualTo(Traffic.NONE);
        assertThat(outbox.lastSent()).isNotZero();
        assertThat(counters.get(ListenerMetric.SENT_MESSAGES)).isEqualTo(1);
        assertThat(counters.get(ListenerMetric.SENT_BYTES)).isEqualTo(6);
    }

    /** A broadcast uses one view for all peers, whatever each of them takes. */
    @Test
    void restoresThePositionOfTheView() {
        EncodedFrames frames = frames("hello\n", new RecordingCallback());
        ByteBuffer view = frames.view();
        link.kernel(FakeLink.takes(6, 2));
        outbox.offer(frames, view);
        assertThat(view.remaining()).isEqualTo(6);
        outbox.offer(frames, view);
        assertThat(view.remaining()).isEqualTo(6);
    }

    @Test
    void queuesTheRestOfAPartialWriteAndContinuesWhenWritable() {
        RecordingCallback callback = new RecordingCallback();
        link.kernel(FakeLink.takes(2, 1));
        assertThat(offer("hello\n", callback)).isFalse();
        assertThat(outbox.queued()).isEqualTo(new Traffic(1, 4));
        assertThat(link.wakeRequests().drainPermits()).isEqualTo(1);
        assertThat(callback.lines()).containsExactly("queued");

        outbox.writable();
        assertThat(link.text()).isEqualTo("hel");
        assertThat(outbox.queued()).isEqualTo(new Traffic(1, 3));
        assertThat(link.wakeRequests().drainPermits()).isEqualTo(1);

        outbox.writable();
        assertThat(link.text()).isEqualTo("hello\n");
        assertThat(callback.lines()).containsExactly("queued", "written 6");
        assertThat(outbox.queued()).isEqualTo(Traffic.NONE);
        assertThat(outbox.sent()).isEqualTo(new Traffic(1, 6));
        assertThat(link.wakeRequests().availablePermits()).isZero();
        assertThat(budget.used()).isZero();
    }

    @Test
    void messagesOfferedWhileBlockedFollowTheRest() {
        RecordingCallback first = new RecordingCallback();
        RecordingCallback second = new RecordingCallback();
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
    void aWritableSocketIsNotWrittenWithoutQueuedData() {
        outbox.writable();
        offer("a\n", new RecordingCallback());
        outbox.writable();
        assertThat(link.writes()).containsExactly(1);
        assertThat(link.wakeRequests().availablePermits()).isZero();
    }

    @Test
    void everythingPendingGoesOutInOneGatheringWrite() {
        block();
        for (int at = 0; at < 40; at++) {
            offer(at + "\n", new RecordingCallback());
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
            offer(at + "\n", new RecordingCallback());
        }
        int before = link.writes().size();
        link.kernel(FakeLink.TAKES_ALL);
        outbox.writable();
        assertThat(link.writes().subList(before, link.writes().size())).containsExactly(64, 36);
        assertThat(link.text()).endsWith("97\n98\n");
    }

    /** The JDK copies all data offered to a write, even what the kernel does not accept. */
    @Test
    void aGatheringWriteTakesABoundedNumberOfBytes() {
        link.kernel(FakeLink.FULL);
        for (int at = 0; at < 3; at++) {
            offer("x".repeat(200_000), new RecordingCallback());
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
        RecordingCallback fits = new RecordingCallback();
        RecordingCallback exceeds = new RecordingCallback();
        RecordingCallback refused = new RecordingCallback();
        offer("12345678\n", fits);
        offer("9\n", exceeds);
        assertThat(outbox.queued()).isEqualTo(new Traffic(2, 11));

        assertThat(offer("x\n", refused)).isFalse();
        assertThat(refused.lines()).containsExactly("refused outbox_full");
        assertThat(outbox.queued()).isEqualTo(new Traffic(2, 11));
        assertThat(counters.get(ListenerMetric.REFUSED_MESSAGES)).isEqualTo(1);

        link.kernel(FakeLink.TAKES_ALL);
        outbox.writable();
        assertThat(link.text()).isEqualTo("12345678\n9\n");
        assertThat(fits.lines()).containsExactly("queued", "written 9");
        assertThat(offer("y\n", new RecordingCallback())).as("below the limit again").isTrue();
    }

    @Test
    void refusesWhenFullOfMessages() {
        outbox = new Outbox(session, link, limits(1_000, 3), budget);
        link.kernel(FakeLink.FULL);
        for (int at = 0; at < 3; at++) {
            RecordingCallback callback = new RecordingCallback();
            offer("x\n", callback);
            assertThat(callback.lines()).containsExactly("queued");
        }
        RecordingCallback refused = new RecordingCallback();
        offer("x\n", refused);
        assertThat(refused.lines()).containsExactly("refused outbox_full");
    }

    /** Data of a direct write counts as queued until the kernel accepts it. */
    @Test
    void countsWhatIsBeingWrittenTowardsItsBounds() throws Exception {
        outbox = new Outbox(session, link, limits(10, 1_000), budget);
        Gate gate = new Gate(FakeLink.TAKES_ALL);
        link.kernel(gate);
        ThreadTask<Boolean> writer = offerOnThread("012345678\n", new RecordingCallback());
        gate.awaitEntered();
        RecordingCallback refused = new RecordingCallback();
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
        RecordingCallback callback = new RecordingCallback();
        offer("x".repeat(500), callback);
        assertThat(callback.lines()).containsExactly("queued");
        link.kernel(FakeLink.TAKES_ALL);
        outbox.writable();
        assertThat(callback.lines()).containsExactly("queued", "written 500");
        assertThat(link.size()).isEqualTo(500);
    }

    /** Race: an offer while a thread writes. The writer looks at the queue again and writes it. */
    @Test
    void offerWhileAnotherThreadWritesIsQueuedAndWritten() throws Exception {
        Gate gate = new Gate(FakeLink.TAKES_ALL);
        link.kernel(gate);
        RecordingCallback first = new RecordingCallback();
        RecordingCallback second = new RecordingCallback();
        ThreadTask<Boolean> writer = offerOnThread("first\n", first);
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

    /** The same race with a partial write: the rest precedes messages queued meanwhile. */
    @Test
    void offerWhileAnotherThreadWritesInPartStaysBehindTheRest() throws Exception {
        Gate gate = new Gate(FakeLink.takes(3));
        link.kernel(gate);
        ThreadTask<Boolean> writer = offerOnThread("first\n", new RecordingCallback());
        gate.awaitEntered();
        offer("second\n", new RecordingCallback());
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
        ThreadTask<Boolean> writer = offerOnThread("first\n", new RecordingCallback());
        gate.awaitEntered();
        offer("second\n", new RecordingCallback());
        outbox.writable();
        assertThat(link.text()).isEmpty();
        gate.open();
        assertThat(writer.result()).isTrue();
        assertThat(link.text()).isEqualTo("first\nsecond\n");
        assertThat(link.overlapped()).isFalse();
    }

    /** Other threads must not be able to keep a sender writing their messages for ever. */
    @Test
    void aSenderHandsOverToTheLoopWhenOthersKeepQueueing() {
        AtomicInteger more = new AtomicInteger(100);
        Outbox busy = outbox;
        link.kernel(
                offered -> {
                    if (more.getAndDecrement() > 0) {
                        EncodedFrames another = frames("x\n", DeliveryCallback.NONE);
                        busy.offer(another, another.view());
                    }
                    return offered;
                });
        offer("first\n", new RecordingCallback());
        assertThat(link.writes().size()).isLessThan(30);
        assertThat(outbox.queued().messages()).isEqualTo(1);
        assertThat(link.wakeRequests().availablePermits()).isEqualTo(1);
        more.set(0);
        outbox.writable();
        assertThat(outbox.queued()).isEqualTo(Traffic.NONE);
    }

    /** Race: a close while a thread writes directly. Only that thread knows what was accepted. */
    @Test
    void closeWhileAThreadWritesLeavesTheQueueToTheWriter() throws Exception {
        Gate gate = new Gate(FakeLink.TAKES_ALL);
        link.kernel(gate);
        RecordingCallback first = new RecordingCallback();
        RecordingCallback second = new RecordingCallback();
        ThreadTask<Boolean> writer = offerOnThread("first\n", first);
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
        assertThat(counters.get(ListenerMetric.FAILED_MESSAGES)).isEqualTo(1);
        assertThat(budget.used()).isZero();
    }

    /** The same race in a gathering write that is accepted in part. */
    @Test
    void closeWhileTheLoopWritesCallsEachCallbackOnce() throws Exception {
        block();
        List<RecordingCallback> callbacks =
                List.of(new RecordingCallback(), new RecordingCallback(), new RecordingCallback());
        callbacks.forEach(callback -> offer("12345\n", callback));
        // All of the first one and two bytes of the second.
        Gate gate = new Gate(FakeLink.takes("blocker\n".length() + 6 + 2));
        link.kernel(gate);
        ThreadTask<Boolean> loop = ThreadTask.run(outbox::writable);
        gate.awaitEntered();
        outbox.close(CloseReason.KICKED);
        assertThat(callbacks).allSatisfy(callback -> assertThat(callback.lines()).hasSize(1));

        gate.open();
        loop.result();
        assertThat(callbacks.get(0).lines()).containsExactly("queued", "written 6");
        assertThat(callbacks.get(1).lines()).containsExactly("queued", "failed kicked");
        assertThat(callbacks.get(2).lines()).containsExactly("queued", "failed kicked");
        assertThat(outbox.queued()).isEqualTo(Traffic.NONE);
        assertThat(budget.used()).isZero();
        assertThat(link.wakeRequests().drainPermits()).as("only the first block").isEqualTo(1);
    }

    @Test
    void closeWhileBlockedFailsQueuedMessages() {
        link.kernel(FakeLink.takes(2, 0));
        RecordingCallback begun = new RecordingCallback();
        RecordingCallback waiting = new RecordingCallback();
        offer("hello\n", begun);
        offer("world\n", waiting);
        outbox.close(CloseReason.PEER_CLOSED);
        assertThat(begun.lines()).containsExactly("queued", "failed peer_closed");
        assertThat(waiting.lines()).containsExactly("queued", "failed peer_closed");
        assertThat(outbox.queued()).isEqualTo(Traffic.NONE);
        assertThat(outbox.sent()).as("two bytes, and no whole frame").isEqualTo(new Traffic(0, 2));
        assertThat(budget.used()).isZero();

        int writes = link.writes().size();
        outbox.writable();
        assertThat(link.writes()).as("no write to a closed peer").hasSize(writes);
    }

    /** Race: two closes while a thread writes. */
    @Test
    void theFirstCloseGivesTheReason() throws Exception {
        Gate gate = new Gate(FakeLink.TAKES_ALL);
        link.kernel(gate);
        ThreadTask<Boolean> writer = offerOnThread("first\n", new RecordingCallback());
        gate.awaitEntered();
        RecordingCallback callback = new RecordingCallback();
        offer("x\n", callback);
        outbox.close(CloseReason.KICKED);
        outbox.close(CloseReason.RESET);
        assertThat(callback.lines()).containsExactly("queued");
        gate.open();
        writer.result();
        assertThat(callback.lines()).containsExactly("queued", "failed kicked");
    }

    @Test
    void offersAreRefusedWhenClosed() {
        outbox.close(CloseReason.KICKED);
        RecordingCallback callback = new RecordingCallback();
        assertThat(offer("x\n", callback)).isFalse();
        assertThat(callback.lines()).containsExactly("refused closed");
        assertThat(link.writes()).isEmpty();
    }

    @Test
    void drainFlushesThenFarewellThenEnds() {
        block();
        RecordingCallback waiting = new RecordingCallback();
        offer("waiting\n", waiting);
        outbox.drain(frames("bye\n", DeliveryCallback.NONE));
        assertThat(session.snapshot().state()).isEqualTo(PeerState.OPEN);

        link.kernel(FakeLink.takes(3));
        outbox.writable();
        assertThat(link.text()).isEqualTo("blo");
        assertThat(link.finished()).as("not before everything is written").isZero();

        outbox.writable();
        assertThat(link.text()).isEqualTo("blocker\nwaiting\nbye\n");
        assertThat(waiting.lines()).containsExactly("queued", "written 8");
        assertThat(link.finished()).as("the drained outbox ends the session").isEqualTo(1);
        assertThat(budget.used()).isZero();
    }

    @Test
    void drainOfAnIdleOutboxWritesTheFarewellAndEndsAtOnce() {
        outbox.drain(frames("bye\n", DeliveryCallback.NONE));
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
        ThreadTask<Boolean> writer = offerOnThread("first\n", new RecordingCallback());
        gate.awaitEntered();
        outbox.drain(frames("bye\n", DeliveryCallback.NONE));
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
        RecordingCallback callback = new RecordingCallback();
        assertThat(offer("late\n", callback)).isFalse();
        assertThat(callback.lines()).containsExactly("refused draining");
        assertThat(counters.get(ListenerMetric.REFUSED_MESSAGES)).isEqualTo(1);
        link.kernel(FakeLink.TAKES_ALL);
        outbox.writable();
        assertThat(link.text()).isEqualTo("blocker\n");
    }

    /** Race: an offer between the end of the flush and the close that it leads to. */
    @Test
    void offersAreRefusedBetweenTheFlushAndTheClose() {
        // This outbox is not the session's own, so it is not closed when it has drained.
        outbox.drain(null);
        RecordingCallback callback = new RecordingCallback();
        assertThat(offer("late\n", callback)).isFalse();
        assertThat(callback.lines()).containsExactly("refused draining");
        assertThat(link.writes()).isEmpty();
    }

    @Test
    void theFarewellIsQueuedRegardlessOfTheLimits() {
        OutboxBudget spent = PeerFixtures.budget(1);
        outbox = new Outbox(session, link, limits(1, 1), spent);
        block();
        outbox.drain(frames("bye\n", DeliveryCallback.NONE));
        link.kernel(FakeLink.TAKES_ALL);
        outbox.writable();
        assertThat(link.text()).isEqualTo("blocker\nbye\n");
        assertThat(spent.used()).isZero();
    }

    @Test
    void theWriteDeadlineRunsOnlyWithoutProgress() {
        assertThat(nanosLeft(System.nanoTime())).isEqualTo(Long.MAX_VALUE);
        block();
        long stalled = System.nanoTime();
        assertThat(nanosLeft(stalled + SECOND)).isNotPositive();

        outbox.writable();
        assertThat(nanosLeft(stalled + SECOND))
                .as("writable, but no byte accepted: still stalled")
                .isNotPositive();

        long progress = System.nanoTime();
        link.kernel(FakeLink.takes(1, 0, 0));
        outbox.writable();
        assertThat(nanosLeft(progress + SECOND - 1))
                .as("a byte was accepted: starts again")
                .isPositive();

        link.kernel(FakeLink.TAKES_ALL);
        outbox.writable();
        assertThat(nanosLeft(progress + SECOND)).as("the queue is empty").isEqualTo(Long.MAX_VALUE);
    }

    private long nanosLeft(long now) {
        return outbox.nanosUntilStalledFor(SECOND, now);
    }

    /** The stream must not break off inside a frame, even if memory is exhausted. */
    @Test
    void aMessagePartlyWrittenIsKeptWholeWhenTheBudgetIsExhausted() {
        OutboxBudget spent = PeerFixtures.budget(10);
        spent.reserve(10);
        outbox = new Outbox(session, link, limits(1_000, 1_000), spent);
        RecordingCallback callback = new RecordingCallback();
        link.kernel(FakeLink.takes(2));
        offer("hello\n", callback);
        assertThat(callback.lines()).containsExactly("queued");
        outbox.writable();
        assertThat(link.text()).isEqualTo("hello\n");
        assertThat(callback.lines()).containsExactly("queued", "written 6");
        assertThat(spent.used()).isEqualTo(10);
    }

    /** An encrypted message cannot be withdrawn, even if the kernel has accepted none of it. */
    @Test
    void aMessageThatCannotBeWithdrawnIsKeptWhenTheBudgetIsExhausted() {
        OutboxBudget spent = PeerFixtures.budget(10);
        spent.reserve(10);
        outbox = new Outbox(session, link, limits(1_000, 1_000), spent);
        RecordingCallback callback = new RecordingCallback();
        link.kernel(FakeLink.takes(0));
        link.ahead(1);
        offer("hello\n", callback);
        assertThat(callback.lines()).containsExactly("queued");
        outbox.writable();
        assertThat(callback.lines()).containsExactly("queued", "written 6");
        assertThat(spent.used()).isEqualTo(10);
    }

    @Test
    void anUnwrittenMessageIsRefusedWhenTheBudgetIsExhausted() {
        OutboxBudget spent = PeerFixtures.budget(10);
        spent.reserve(10);
        outbox = new Outbox(session, link, limits(1_000, 1_000), spent);
        RecordingCallback direct = new RecordingCallback();
        link.kernel(FakeLink.takes(0, 2));
        assertThat(offer("hello\n", direct)).isFalse();
        assertThat(direct.lines()).containsExactly("refused memory_full");
        assertThat(outbox.queued()).isEqualTo(Traffic.NONE);

        offer("begun\n", new RecordingCallback());
        RecordingCallback behind = new RecordingCallback();
        offer("world\n", behind);
        assertThat(behind.lines()).containsExactly("refused memory_full");
        outbox.writable();
        assertThat(link.text()).isEqualTo("begun\n");
        assertThat(counters.get(ListenerMetric.REFUSED_MESSAGES)).isEqualTo(2);
    }

    @Test
    void everyShareOfABatchHasItsOwnResultOnAPartialWrite() {
        RecordingCallback first = new RecordingCallback();
        RecordingCallback second = new RecordingCallback();
        RecordingCallback third = new RecordingCallback();
        EncodedFrames batch =
                new EncodedFrames(
                        ByteBuffer.wrap("aaaa\nbb\nb\nccccc\n".getBytes(ISO_8859_1)),
                        List.of(
                                new EncodedFrames.Share(5, 1, first),
                                new EncodedFrames.Share(5, 2, second),
                                new EncodedFrames.Share(6, 1, third)));
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
        assertThat(budget.used()).isZero();
    }

    /** A limit may be reached between the shares of a batch, so each is checked separately. */
    @Test
    void theSharesOfABatchAreRefusedOneByOne() {
        outbox = new Outbox(session, link, limits(1_000, 3), budget);
        block();
        RecordingCallback first = new RecordingCallback();
        RecordingCallback second = new RecordingCallback();
        RecordingCallback third = new RecordingCallback();
        EncodedFrames batch =
                new EncodedFrames(
                        ByteBuffer.wrap("a\nb\nc\n".getBytes(ISO_8859_1)),
                        List.of(
                                new EncodedFrames.Share(2, 1, first),
                                new EncodedFrames.Share(2, 1, second),
                                new EncodedFrames.Share(2, 1, third)));
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
        RecordingCallback callback = new RecordingCallback();
        EncodedFrames frames = frames("hello\n", callback);
        assertThat(session.offer(frames, frames.view())).isFalse();
        assertThat(callback.lines()).containsExactly("queued", "failed reset");
        assertThat(session.snapshot().closeReason()).isEqualTo(CloseReason.RESET);
        assertThat(session.snapshot().closeDetail()).isEqualTo("Broken pipe");
        assertThat(session.snapshot().queued()).isEqualTo(Traffic.NONE);
        assertThat(link.aborted()).isEqualTo(1);
    }

    /** A large message needs several write calls; bytes before a failed call count as sent. */
    @Test
    void countsBytesOfADirectWriteBeforeTheFailure() {
        link.breakAfter(4);
        RecordingCallback callback = new RecordingCallback();
        EncodedFrames frames = frames("hello\n", callback);
        assertThat(session.offer(frames, frames.view())).isFalse();
        assertThat(callback.lines()).containsExactly("queued", "failed reset");
        assertThat(session.snapshot().sent()).isEqualTo(new Traffic(0, 4));
        assertThat(session.snapshot().queued()).isEqualTo(Traffic.NONE);
    }

    @Test
    void countsBytesOfTheQueueBeforeTheFailure() {
        link.kernel(FakeLink.FULL);
        RecordingCallback callback = new RecordingCallback();
        EncodedFrames frames = frames("hello\n", callback);
        assertThat(session.offer(frames, frames.view())).isFalse();
        link.breakAfter(4);
        session.writable();
        assertThat(callback.lines()).containsExactly("queued", "failed reset");
        assertThat(session.snapshot().sent()).isEqualTo(new Traffic(0, 4));
        assertThat(session.snapshot().queued()).isEqualTo(Traffic.NONE);
    }

    /** For instance if the JDK has no memory for its copy: the outbox must leave WRITING. */
    @Test
    void anUnexpectedExceptionInADirectWriteEndsTheSession() {
        link.kernel(
                _ -> {
                    throw new InternalError("a fault of our own");
                });
        RecordingCallback callback = new RecordingCallback();
        EncodedFrames frames = frames("hello\n", callback);
        assertThat(session.offer(frames, frames.view())).isFalse();
        assertThat(callback.lines()).containsExactly("queued", "failed internal_error");
        assertThat(session.snapshot().closeReason()).isEqualTo(CloseReason.INTERNAL_ERROR);
        assertThat(session.snapshot().queued()).isEqualTo(Traffic.NONE);
    }

    @Test
    void anUnexpectedExceptionInTheLoopEndsTheSession() {
        link.kernel(FakeLink.FULL);
        RecordingCallback callback = new RecordingCallback();
        EncodedFrames frames = frames("hello\n", callback);
        session.offer(frames, frames.view());
        link.kernel(
                _ -> {
                    throw new IllegalStateException("a fault of our own");
                });
        session.writable();
        assertThat(callback.lines()).containsExactly("queued", "failed internal_error");
        assertThat(session.snapshot().closeReason()).isEqualTo(CloseReason.INTERNAL_ERROR);
    }

    @Test
    void aLinkThatBreaksInTheLoopFailsQueuedMessages() {
        link.kernel(FakeLink.FULL);
        RecordingCallback callback = new RecordingCallback();
        EncodedFrames frames = frames("hello\n", callback);
        session.offer(frames, frames.view());
        link.kernel(
                _ -> {
                    throw new IOException("Connection reset by peer");
                });
        session.writable();
        assertThat(callback.lines()).containsExactly("queued", "failed reset");
        assertThat(session.snapshot().queued()).isEqualTo(Traffic.NONE);
    }

    /** All bytes arrive, frames do not overlap, and the frames of each thread keep their order. */
    @Test
    void orderIsKeptWhenManyThreadsOffer() throws Exception {
        int threads = 8;
        int each = 400;
        outbox = new Outbox(session, link, limits(100_000_000, 1_000_000), budget);
        Random random = new Random(7);
        link.kernel(offered -> random.nextInt(offered + 1));
        List<RecordingCallback> later = new ArrayList<>();
        Thread loop = loop();
        CyclicBarrier start = new CyclicBarrier(threads);
        List<ThreadTask<Boolean>> senders = new ArrayList<>();
        int total = 0;
        for (int sender = 0; sender < threads; sender++) {
            List<EncodedFrames> mine = new ArrayList<>();
            for (int seq = 0; seq < each; seq++) {
                RecordingCallback callback = new RecordingCallback();
                later.add(callback);
                EncodedFrames frames = frames(numbered(sender, seq), callback);
                total += frames.size();
                mine.add(frames);
            }
            senders.add(
                    ThreadTask.run(
                            () -> {
                                arrive(start);
                                mine.forEach(frames -> outbox.offer(frames, frames.view()));
                            }));
        }
        for (ThreadTask<Boolean> sender : senders) {
            sender.result();
        }
        int expected = total;
        await().until(() -> link.size() == expected);
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
                .allSatisfy(
                        callback ->
                                assertThat(callback.lines()).matches(OutboxTest::isSettledOnce));
        assertThat(outbox.sent()).isEqualTo(new Traffic((long) threads * each, total));
        assertThat(link.overlapped()).isFalse();
        assertThat(budget.used()).isZero();
    }

    /**
     * Closes an outbox at a random moment while threads offer. Every accepted message is written or
     * fails, every other message is refused, and each callback gets exactly one result.
     */
    @Test
    void everyMessageHasOneResultWheneverTheOutboxIsClosed() throws Exception {
        for (int round = 0; round < 300; round++) {
            closeDuringOffers(round);
        }
    }

    private static void closeDuringOffers(int seed) throws Exception {
        Random script = new Random(seed);
        FakeLink link = new FakeLink();
        Listener listener = listener("default");
        PeerSession session = registry().open(listener, link);
        OutboxBudget budget = PeerFixtures.budget(400);
        Outbox outbox = new Outbox(session, link, limits(200, 10), budget);
        link.kernel(offered -> script.nextInt(4) == 0 ? 0 : script.nextInt(offered + 1));
        int threads = 3;
        int each = 12;
        int closeAfter = script.nextInt(threads * each + 1);
        Semaphore offered = new Semaphore(0);
        List<RecordingCallback> callbacks = new ArrayList<>();
        AtomicInteger atOnce = new AtomicInteger();
        List<ThreadTask<Boolean>> actors = new ArrayList<>();
        for (int sender = 0; sender < threads; sender++) {
            List<EncodedFrames> mine = new ArrayList<>();
            for (int seq = 0; seq < each; seq++) {
                RecordingCallback callback = new RecordingCallback();
                callbacks.add(callback);
                mine.add(frames(numbered(sender, seq), callback));
            }
            actors.add(
                    ThreadTask.run(
                            () -> {
                                for (EncodedFrames frames : mine) {
                                    if (outbox.offer(frames, frames.view())) {
                                        atOnce.incrementAndGet();
                                    }
                                    offered.release();
                                }
                            }));
        }
        actors.add(
                ThreadTask.run(
                        () -> {
                            while (!tryAcquire(offered, closeAfter)) {
                                if (link.wakeRequests().tryAcquire()) {
                                    outbox.writable();
                                }
                            }
                            outbox.close(CloseReason.KICKED);
                        }));
        for (ThreadTask<Boolean> actor : actors) {
            actor.result();
        }

        long silent = callbacks.stream().filter(callback -> callback.lines().isEmpty()).count();
        long written = count(callbacks, "queued", "written");
        long failed = count(callbacks, "queued", "failed");
        long refused =
                callbacks.stream()
                        .filter(callback -> callback.lines().size() == 1)
                        .filter(callback -> callback.lines().getFirst().startsWith("refused"))
                        .count();
        assertThat(silent).as("round %d", seed).isEqualTo(atOnce.get());
        assertThat(silent + written + failed + refused).as("round %d", seed).isEqualTo(36);
        ListenerCounters counters = listener.counters();
        assertThat(counters.get(ListenerMetric.SENT_MESSAGES)).isEqualTo(silent + written);
        assertThat(counters.get(ListenerMetric.FAILED_MESSAGES)).isEqualTo(failed);
        assertThat(counters.get(ListenerMetric.REFUSED_MESSAGES)).isEqualTo(refused);
        assertThat(counters.get(ListenerMetric.SENT_BYTES)).isEqualTo(link.size());
        assertThat(outbox.queued()).isEqualTo(Traffic.NONE);
        assertThat(budget.used()).isZero();
        assertThat(link.overlapped()).isFalse();
        // The stream contains the messages reported as written, whole, and nothing else.
        long whole = link.text().chars().filter(each1 -> each1 == '\n').count();
        assertThat(whole).as("round %d", seed).isEqualTo(silent + written);
    }

    private static long count(List<RecordingCallback> callbacks, String first, String second) {
        return callbacks.stream()
                .filter(callback -> callback.lines().size() == 2)
                .filter(callback -> callback.lines().getFirst().equals(first))
                .filter(callback -> callback.lines().getLast().startsWith(second))
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

    /** A frame with its sender and number, whose length depends on both. */
    private static String numbered(int sender, int seq) {
        return sender + ":" + seq + ":" + "x".repeat((sender * 7 + seq * 13) % 50) + "\n";
    }

    /** Simulates the event loop: calls the outbox after {@link FakeLink#wakeWhenWritable}. */
    private Thread loop() {
        Outbox served = outbox;
        return Thread.ofPlatform()
                .start(
                        () -> {
                            try {
                                while (true) {
                                    link.wakeRequests().acquire();
                                    served.writable();
                                }
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        });
    }

    /** Brings the outbox into the state BLOCKED. */
    private void block() {
        link.kernel(FakeLink.FULL);
        offer("blocker\n", new RecordingCallback());
    }

    private boolean offer(String text, DeliveryCallback callback) {
        EncodedFrames frames = frames(text, callback);
        return outbox.offer(frames, frames.view());
    }

    private ThreadTask<Boolean> offerOnThread(String text, DeliveryCallback callback) {
        return ThreadTask.call(() -> offer(text, callback));
    }
}
