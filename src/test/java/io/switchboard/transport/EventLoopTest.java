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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EventLoopTest {
    private final EventLoop loop;
    private final List<Pipe> pipes = new ArrayList<>();

    EventLoopTest() throws IOException {
        loop = new EventLoop("loop-under-test");
    }

    @BeforeEach
    void start() {
        loop.start();
    }

    @AfterEach
    void stop() throws IOException {
        loop.stop();
        for (Pipe pipe : pipes) {
            pipe.source().close();
            pipe.sink().close();
        }
    }

    @Test
    void runsWhatOthersHandItOnItsOwnThread() throws Exception {
        FutureTask<String> name = new FutureTask<>(() -> Thread.currentThread().getName());
        loop.execute(name);
        assertThat(name.get(10, TimeUnit.SECONDS)).isEqualTo("loop-under-test");
    }

    @Test
    void runsTasksInTheOrderGiven() throws Exception {
        List<Integer> ran = new CopyOnWriteArrayList<>();
        CountDownLatch done = new CountDownLatch(100);
        for (int task = 0; task < 100; task++) {
            int number = task;
            loop.execute(
                    () -> {
                        ran.add(number);
                        done.countDown();
                    });
        }
        assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(ran).isSorted().hasSize(100);
    }

    @Test
    void runsWhatATaskHandsIt() throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        loop.execute(() -> loop.execute(done::countDown));
        assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aTaskThatThrowsDoesNotEndTheLoop() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        loop.execute(
                () -> {
                    running.countDown();
                    throw new IllegalStateException("a fault of our own");
                });
        assertThat(running.await(10, TimeUnit.SECONDS)).isTrue();
        CountDownLatch next = new CountDownLatch(1);
        loop.execute(next::countDown);
        assertThat(next.await(10, TimeUnit.SECONDS)).isTrue();
    }

    /** Race: a task throws with others queued behind it, which have had their wake-up. */
    @Test
    void tasksBehindOneThatThrowsAreRunAllTheSame() throws Exception {
        CountDownLatch queued = new CountDownLatch(1);
        CountDownLatch behind = new CountDownLatch(1);
        loop.execute(
                () -> {
                    try {
                        assertThat(queued.await(10, TimeUnit.SECONDS)).isTrue();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                    throw new IllegalStateException("a fault of our own");
                });
        loop.execute(behind::countDown);
        queued.countDown();
        assertThat(behind.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void tellsAHandlerThatItsSocketIsReady() throws Exception {
        Reader reader = register(new Reader());
        send(reader, "hello");
        await().until(() -> reader.read.contains("hello"));
        send(reader, "again");
        await().until(() -> reader.read.contains("again"));
        assertThat(reader.faults).isEmpty();
    }

    @Test
    void tellsAHandlerThatItThrewAndServesTheOthers() throws Exception {
        Reader throwing = new Reader();
        throwing.onRead =
                () -> {
                    throw new IllegalStateException("a fault of our own");
                };
        register(throwing);
        Reader other = register(new Reader());
        send(throwing, "x");
        await().until(() -> !throwing.faults.isEmpty());
        send(other, "hello");
        await().until(() -> other.read.contains("hello"));
        assertThat(throwing.faults.getFirst()).hasMessage("a fault of our own");
        assertThat(other.faults).isEmpty();
    }

    @Test
    void tellsAHandlerOfAnError() throws Exception {
        Reader throwing = new Reader();
        throwing.onRead =
                () -> {
                    throw new StackOverflowError("deep");
                };
        register(throwing);
        send(throwing, "x");
        await().until(() -> !throwing.faults.isEmpty());
        assertThat(throwing.faults.getFirst()).isInstanceOf(StackOverflowError.class);
    }

    @Test
    void sweepsItsHandlersNowAndThen() throws Exception {
        Reader reader = register(new Reader());
        await().until(() -> reader.sweeps.get() >= 2);
    }

    /** One that cannot be swept must not keep the deadlines of the others from being looked at. */
    @Test
    void sweepsTheOthersWhenOneThrows() throws Exception {
        List<Reader> readers = new ArrayList<>();
        for (int at = 0; at < 5; at++) {
            Reader reader = new Reader();
            reader.onSweep =
                    () -> {
                        throw new IllegalStateException("a fault of our own");
                    };
            readers.add(register(reader));
        }
        assertThat(readers).allSatisfy(reader -> await().until(() -> !reader.faults.isEmpty()));
        Reader quiet = register(new Reader());
        await().until(() -> quiet.sweeps.get() > 0);
        assertThat(quiet.faults).isEmpty();
    }

    /** A sweep would come after 250 ms. */
    @Test
    void tellsAHandlerWhenItsTimeHasPassed() throws Exception {
        Reader reader = register(new Reader());
        long took = restart(reader, 20);
        await().pollInterval(Duration.ofMillis(1)).until(() -> reader.dues.size() == 1);
        assertThat(reader.dues.getFirst() - took).isBetween(20_000_000L, 200_000_000L);
    }

    @Test
    void tellsItOnceAndAgainOnlyWhenAskedAgain() throws Exception {
        Reader reader = register(new Reader());
        restart(reader, 1);
        await().until(() -> reader.dues.size() == 1);
        sweepTwice(reader);
        assertThat(reader.dues).hasSize(1);
        onLoop(() -> reader.timer().restart());
        await().until(() -> reader.dues.size() == 2);
    }

    @Test
    void aRestartPutsTheTimeOff() throws Exception {
        Reader reader = register(new Reader());
        long last = restart(reader, 100);
        for (int turn = 0; turn < 20; turn++) {
            TimeUnit.MILLISECONDS.sleep(10);
            last = onLoop(() -> reader.timer().restart());
        }
        assertThat(reader.dues).isEmpty();
        long restarted = last;
        await().untilAsserted(
                        () ->
                                assertThat(reader.dues)
                                        .singleElement()
                                        .satisfies(
                                                due ->
                                                        assertThat(due - restarted)
                                                                .isGreaterThan(100_000_000)));
    }

    /** However often it was put off, the queue has one entry for it. */
    @Test
    void restartsDoNotFillTheQueue() throws Exception {
        Timer.Timers timers = new Timer.Timers();
        Reader reader = new Reader();
        Timer timer = new Timer(timers, reader, 1_000_000);
        for (int turn = 0; turn < 1_000; turn++) {
            timer.restart();
        }
        assertThat(timers.size()).isEqualTo(1);
        timers.fire(timer.entry());
        assertThat(reader.dues).as("it was put off since").isEmpty();
        assertThat(timers.size()).isEqualTo(1);
        timers.fire(System.nanoTime() + 2_000_000);
        assertThat(reader.dues).hasSize(1);
        assertThat(timers.size()).isZero();
    }

    @Test
    void theEarliestIsFirst() throws Exception {
        List<Reader> readers = new ArrayList<>();
        for (int millis : new int[] {90, 30, 60}) {
            Reader reader = register(new Reader());
            readers.add(reader);
            restart(reader, millis);
        }
        await().until(() -> readers.stream().allMatch(reader -> reader.dues.size() == 1));
        List<Long> dues = readers.stream().map(reader -> reader.dues.getFirst()).toList();
        assertThat(List.of(dues.get(1), dues.get(2), dues.get(0))).isSorted();
    }

    @Test
    void tellsTheOthersWhenOneThrows() throws Exception {
        Reader throwing = register(new Reader());
        throwing.onDue =
                () -> {
                    throw new IllegalStateException("a fault of our own");
                };
        Reader other = register(new Reader());
        restart(throwing, 5);
        restart(other, 5);
        await().until(() -> other.dues.size() == 1 && throwing.faults.size() == 1);
        assertThat(other.faults).isEmpty();
    }

    /** Race: the time passes while the loop is busy, and bytes came before. They go first. */
    @Test
    void whatCameBeforeTheTimePassedIsReadFirst() throws Exception {
        for (int round = 0; round < 20; round++) {
            Reader reader = register(new Reader());
            reader.onRead = () -> reader.timer().restart();
            onLoop(
                    () -> {
                        reader.timer = loop.timer(reader, Duration.ofMillis(5));
                        reader.timer().restart();
                        send(reader, "x");
                        LockSupport.parkNanos(10_000_000);
                        return null;
                    });
            await().until(() -> reader.dues.size() == 1);
            assertThat(reader.read).hasSize(1);
            assertThat(reader.dues.getFirst()).isGreaterThan(reader.lastRead);
        }
    }

    @Test
    void endsItsThreadWhenItIsStopped() throws Exception {
        FutureTask<Thread> thread = new FutureTask<>(Thread::currentThread);
        loop.execute(thread);
        Thread its = thread.get(10, TimeUnit.SECONDS);
        loop.stop();
        assertThat(its.join(Duration.ofSeconds(10))).isTrue();
    }

    private void sweepTwice(Reader reader) {
        int before = reader.sweeps.get();
        await().until(() -> reader.sweeps.get() >= before + 2);
    }

    /** Starts its timer; returns the time before that. */
    private long restart(Reader reader, int millis) throws Exception {
        return onLoop(
                () -> {
                    reader.timer = loop.timer(reader, Duration.ofMillis(millis));
                    reader.timer().restart();
                    return null;
                });
    }

    /** Returns the time before it. */
    private long onLoop(Callable<?> action) throws Exception {
        FutureTask<Long> task =
                new FutureTask<>(
                        () -> {
                            long before = System.nanoTime();
                            action.call();
                            return before;
                        });
        loop.execute(task);
        return task.get(10, TimeUnit.SECONDS);
    }

    private long onLoop(Runnable action) throws Exception {
        return onLoop(Executors.callable(action));
    }

    /** Registers as a connection does: on the loop. */
    private Reader register(Reader reader) throws Exception {
        Pipe pipe = Pipe.open();
        pipes.add(pipe);
        pipe.source().configureBlocking(false);
        reader.pipe = pipe;
        FutureTask<SelectionKey> registered =
                new FutureTask<>(
                        () ->
                                pipe.source()
                                        .register(loop.selector(), SelectionKey.OP_READ, reader));
        loop.execute(registered);
        registered.get(10, TimeUnit.SECONDS);
        return reader;
    }

    private static void send(Reader reader, String text) throws IOException {
        reader.pipe().sink().write(ByteBuffer.wrap(text.getBytes(ISO_8859_1)));
    }

    /** Reads, and then does what the test says. */
    private final class Reader implements EventLoop.Handler {
        private final List<String> read = new CopyOnWriteArrayList<>();
        private final List<Throwable> faults = new CopyOnWriteArrayList<>();
        private final AtomicInteger sweeps = new AtomicInteger();
        private Runnable onRead = () -> {};
        private final List<Long> dues = new CopyOnWriteArrayList<>();
        private Runnable onSweep = () -> {};
        private Runnable onDue = () -> {};
        private volatile long lastRead;

        @SuppressWarnings("NullAway.Init") // restart() sets it
        private Timer timer;

        @SuppressWarnings("NullAway.Init") // register() sets it
        private Pipe pipe;

        Pipe pipe() {
            return pipe;
        }

        @Override
        public void ready(SelectionKey key) throws IOException {
            int count = loop.read(pipe.source());
            read.add(new String(loop.bytes(), 0, count, ISO_8859_1));
            lastRead = System.nanoTime();
            onRead.run();
        }

        Timer timer() {
            return timer;
        }

        @Override
        public void due() {
            dues.add(System.nanoTime());
            onDue.run();
        }

        @Override
        public void sweep(long now) {
            sweeps.incrementAndGet();
            onSweep.run();
        }

        @Override
        public void fault(Throwable cause) {
            faults.add(cause);
        }
    }
}
