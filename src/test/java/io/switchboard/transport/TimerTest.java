package io.switchboard.transport;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TimerTest {
    private static final long MILLISECOND = 1_000_000;

    private final EventLoop loop;

    TimerTest() throws IOException {
        loop = new EventLoop("loop-under-test", ReceiveBudgetTest.budget(1_000).share(1));
    }

    @BeforeEach
    void start() {
        loop.start();
    }

    @AfterEach
    void stop() {
        loop.stop();
    }

    @Test
    void callsItsOwnerAtTheDeadline() throws Exception {
        Deadline deadline = new Deadline();
        long before = onLoop(() -> deadline.in(20 * MILLISECOND));
        await().pollInterval(Duration.ofMillis(1)).until(() -> deadline.passed.size() == 1);
        assertThat(deadline.passed.getFirst() - before).isGreaterThanOrEqualTo(20 * MILLISECOND);
    }

    @Test
    void callsItsOwnerOnlyWhileADeadlineIsRunning() throws Exception {
        Deadline deadline = new Deadline();
        onLoop(() -> deadline.in(MILLISECOND));
        await().until(() -> deadline.passed.size() == 1);
        assertThat(queued()).isZero();
        onLoop(() -> deadline.in(MILLISECOND));
        await().until(() -> deadline.passed.size() == 2);
    }

    @Test
    void isStartedByAnotherThread() {
        Deadline deadline = new Deadline();
        deadline.in(MILLISECOND);
        await().until(() -> deadline.passed.size() == 1);
    }

    @Test
    void isCalledForTheEarlierOfTwoDeadlines() throws Exception {
        Deadline deadline = new Deadline();
        onLoop(
                () -> {
                    deadline.in(TimeUnit.HOURS.toNanos(1));
                    deadline.in(MILLISECOND);
                });
        await().until(() -> deadline.passed.size() == 1);
    }

    @Test
    void aDeadlineThatMovesDoesNotMoveTheTimer() throws Exception {
        Timer.Queue queue = new Timer.Queue();
        Deadline deadline = new Deadline(queue);
        onLoop(
                () -> {
                    for (int restart = 0; restart < 1_000; restart++) {
                        deadline.in(MILLISECOND * 100);
                    }
                });
        assertThat(queue.size()).isEqualTo(1);
        long due = deadline.dueAt;
        onLoop(() -> deadline.in(MILLISECOND * 200));
        onLoop(() -> queue.fire(due, new Slice()));
        assertThat(deadline.passed).as("the deadline has moved").isEmpty();
        assertThat(queue.size()).isEqualTo(1);
        onLoop(() -> queue.fire(deadline.dueAt + MILLISECOND, new Slice()));
        assertThat(deadline.passed).hasSize(1);
        assertThat(queue.size()).isZero();
    }

    /** The owner of a cancelled timer is not kept in memory until its deadline. */
    @Test
    void aCancelledTimerIsNotQueued() throws Exception {
        Timer.Queue queue = new Timer.Queue();
        Deadline deadline = new Deadline(queue);
        onLoop(() -> deadline.in(TimeUnit.HOURS.toNanos(1)));
        assertThat(queue.size()).isEqualTo(1);
        onLoop(
                () -> {
                    deadline.timer.cancel();
                    deadline.in(MILLISECOND);
                });
        assertThat(queue.size()).isZero();
    }

    @Test
    void theEarliestDeadlineIsFirst() throws Exception {
        List<Deadline> deadlines = List.of(new Deadline(), new Deadline(), new Deadline());
        onLoop(
                () -> {
                    deadlines.get(0).in(90 * MILLISECOND);
                    deadlines.get(1).in(30 * MILLISECOND);
                    deadlines.get(2).in(60 * MILLISECOND);
                });
        await().until(() -> deadlines.stream().allMatch(each -> each.passed.size() == 1));
        List<Long> passed = deadlines.stream().map(each -> each.passed.getFirst()).toList();
        assertThat(List.of(passed.get(1), passed.get(2), passed.get(0))).isSorted();
    }

    @Test
    void otherDeadlinesAreCheckedWhenOneOwnerThrows() throws Exception {
        Deadline throwing = new Deadline();
        throwing.action =
                () -> {
                    throw new IllegalStateException("thrown by the test");
                };
        Deadline other = new Deadline();
        onLoop(
                () -> {
                    throwing.in(5 * MILLISECOND);
                    other.in(5 * MILLISECOND);
                });
        await().until(() -> other.passed.size() == 1 && throwing.faults.size() == 1);
        assertThat(other.faults).isEmpty();
    }

    /** 10,000 deadlines pass at once: sockets that are ready are served in between. */
    @Test
    void manyDeadlinesAreCheckedInSeveralTurns() throws Exception {
        Timer.Queue queue = new Timer.Queue();
        List<Deadline> deadlines = new ArrayList<>();
        for (int at = 0; at < 100; at++) {
            Deadline deadline = new Deadline(queue);
            deadline.action = () -> LockSupport.parkNanos(MILLISECOND);
            deadlines.add(deadline);
        }
        onLoop(() -> deadlines.forEach(each -> each.in(0)));
        onLoop(() -> queue.fire(System.nanoTime() + MILLISECOND, new Slice()));
        assertThat(queue.size()).as("left for the next turn").isBetween(1, 99);
    }

    /** Race: data arrives, and then the deadline passes, while the loop is busy. */
    @Test
    void dataThatArrivedBeforeTheDeadlineIsReadFirst() throws Exception {
        for (int round = 0; round < 20; round++) {
            Pipe pipe = Pipe.open();
            pipe.source().configureBlocking(false);
            Deadline deadline = new Deadline();
            Reader reader = new Reader(pipe, deadline);
            onLoop(
                    () -> {
                        pipe.source().register(loop.selector(), SelectionKey.OP_READ, reader);
                        deadline.in(5 * MILLISECOND);
                        pipe.sink().write(ByteBuffer.wrap("x".getBytes(ISO_8859_1)));
                        LockSupport.parkNanos(10 * MILLISECOND);
                        return null;
                    });
            await().until(() -> deadline.passed.size() == 1);
            assertThat(reader.read).hasSize(1);
            assertThat(deadline.passed.getFirst()).isGreaterThan(reader.read.getFirst());
            pipe.source().close();
            pipe.sink().close();
        }
    }

    /**
     * Race: another thread starts a deadline while the loop takes the timer from the queue and asks
     * for the next one. No deadline is forgotten.
     */
    @Test
    void noDeadlineIsForgottenThatStartsWhileTheTimerExpires() {
        Deadline deadline = new Deadline();
        for (int round = 1; round <= 2_000; round++) {
            deadline.in(1);
            int expected = round;
            await().pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofNanos(1))
                    .until(() -> deadline.passed.size() >= expected);
        }
    }

    private int queued() throws Exception {
        FutureTask<Integer> size = new FutureTask<>(loop::timers);
        loop.execute(size);
        return size.get(10, TimeUnit.SECONDS);
    }

    private long onLoop(Callable<?> action) throws Exception {
        return LoopActions.run(loop, action);
    }

    private long onLoop(Runnable action) throws Exception {
        return onLoop(
                () -> {
                    action.run();
                    return null;
                });
    }

    /** An owner with one deadline; records when it has passed. */
    private final class Deadline implements Timer.Owner {
        private final List<Long> passed = new CopyOnWriteArrayList<>();
        private final List<Throwable> faults = new CopyOnWriteArrayList<>();
        private final Timer timer;
        private volatile Runnable action = () -> {};

        /** {@link System#nanoTime}; 0 while none is running. */
        private volatile long dueAt;

        Deadline() {
            timer = loop.timer(this);
        }

        Deadline(Timer.Queue queue) {
            timer = new Timer(loop, queue, this);
        }

        void in(long nanos) {
            dueAt = System.nanoTime() + nanos | 1;
            timer.within(nanos);
        }

        @Override
        public long checkDeadlines(long now) {
            long due = dueAt;
            if (due == 0) {
                return Timer.NONE;
            }
            if (due - now > 0) {
                return due - now;
            }
            dueAt = 0;
            action.run();
            passed.add(System.nanoTime());
            return Timer.NONE;
        }

        @Override
        public void fault(Throwable cause) {
            faults.add(cause);
        }
    }

    /** Reads from a pipe and then starts a deadline anew. */
    private final class Reader implements EventLoop.Handler {
        private final Pipe pipe;
        private final Deadline deadline;
        private final List<Long> read = new CopyOnWriteArrayList<>();

        Reader(Pipe pipe, Deadline deadline) {
            this.pipe = pipe;
            this.deadline = deadline;
        }

        @Override
        public void ready(SelectionKey key) throws IOException {
            loop.read(pipe.source(), 1_024);
            read.add(System.nanoTime());
            deadline.in(5 * MILLISECOND);
        }

        @Override
        public void fault(Throwable cause) {
            throw new AssertionError(cause);
        }
    }
}
