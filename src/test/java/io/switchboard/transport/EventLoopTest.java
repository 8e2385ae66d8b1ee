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
        loop = new EventLoop("loop-under-test", ReceiveBudgetTest.budget(1_000).share(1));
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
    void runsTasksOnItsOwnThread() throws Exception {
        FutureTask<String> name = new FutureTask<>(() -> Thread.currentThread().getName());
        loop.execute(name);
        assertThat(name.get(10, TimeUnit.SECONDS)).isEqualTo("loop-under-test");
    }

    @Test
    void runsTasksInSubmissionOrder() throws Exception {
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
    void runsTasksThatATaskSubmits() throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        loop.execute(() -> loop.execute(done::countDown));
        assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void continuesAfterATaskThrows() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        loop.execute(
                () -> {
                    running.countDown();
                    throw new IllegalStateException("thrown by the test");
                });
        assertThat(running.await(10, TimeUnit.SECONDS)).isTrue();
        CountDownLatch next = new CountDownLatch(1);
        loop.execute(next::countDown);
        assertThat(next.await(10, TimeUnit.SECONDS)).isTrue();
    }

    /** Race: a task throws while others are queued behind it, whose wake-up is already consumed. */
    @Test
    void runsTheTasksQueuedBehindOneThatThrows() throws Exception {
        CountDownLatch queued = new CountDownLatch(1);
        CountDownLatch behind = new CountDownLatch(1);
        loop.execute(
                () -> {
                    try {
                        assertThat(queued.await(10, TimeUnit.SECONDS)).isTrue();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                    throw new IllegalStateException("thrown by the test");
                });
        loop.execute(behind::countDown);
        queued.countDown();
        assertThat(behind.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void callsReadyWhenTheSocketIsReadable() throws Exception {
        Reader reader = register(new Reader());
        send(reader, "hello");
        await().until(() -> reader.read.contains("hello"));
        send(reader, "again");
        await().until(() -> reader.read.contains("again"));
        assertThat(reader.faults).isEmpty();
    }

    @Test
    void callsFaultOfAHandlerThatThrewAndServesTheOthers() throws Exception {
        Reader throwing = new Reader();
        throwing.onRead =
                () -> {
                    throw new IllegalStateException("thrown by the test");
                };
        register(throwing);
        Reader other = register(new Reader());
        send(throwing, "x");
        await().until(() -> !throwing.faults.isEmpty());
        send(other, "hello");
        await().until(() -> other.read.contains("hello"));
        assertThat(throwing.faults.getFirst()).hasMessage("thrown by the test");
        assertThat(other.faults).isEmpty();
    }

    @Test
    void callsFaultAfterAnErrorToo() throws Exception {
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

    /** While one handler has work for many turns, a socket that becomes ready is served. */
    @Test
    void servesReadySocketsBetweenTheStepsOfADeferredHandler() throws Exception {
        Reader busy = register(new Reader());
        Reader other = register(new Reader());
        busy.onStep =
                () -> {
                    busy.steps.incrementAndGet();
                    if (other.read.isEmpty()) {
                        loop.defer(busy);
                    }
                };
        onLoop(() -> loop.defer(busy));
        await().until(() -> busy.steps.get() > 100);
        send(other, "hello");
        await().until(() -> other.read.contains("hello"));
    }

    @Test
    void deferredHandlersTakeTurns() throws Exception {
        List<String> order = new CopyOnWriteArrayList<>();
        List<Reader> readers = new ArrayList<>();
        for (String name : List.of("a", "b", "c")) {
            Reader reader = new Reader();
            reader.onStep =
                    () -> {
                        order.add(name);
                        if (reader.steps.incrementAndGet() < 3) {
                            loop.defer(reader);
                        }
                    };
            readers.add(reader);
        }
        onLoop(() -> readers.forEach(loop::defer));
        await().until(() -> order.size() == 9);
        assertThat(String.join("", order)).isEqualTo("abcabcabc");
    }

    /** The tasks take 400 ms together. A socket that is ready meanwhile must not wait so long. */
    @Test
    void servesReadySocketsBetweenTasks() throws Exception {
        Reader reader = register(new Reader());
        AtomicInteger done = new AtomicInteger();
        reader.onRead = () -> reader.steps.set(done.get());
        onLoop(
                () -> {
                    for (int task = 0; task < 400; task++) {
                        loop.execute(
                                () -> {
                                    LockSupport.parkNanos(1_000_000);
                                    done.incrementAndGet();
                                });
                    }
                    send(reader, "x");
                    return null;
                });
        await().until(() -> done.get() == 400);
        assertThat(reader.steps.get()).as("tasks before the socket was read").isLessThan(100);
    }

    /** The connects wait in a bounded queue; who wants to add more has to wait. */
    @Test
    void doesNotTakeMoreConnectionsThanItCanOpen() throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        AtomicInteger opened = new AtomicInteger();
        loop.execute(
                () -> {
                    try {
                        assertThat(busy.await(10, TimeUnit.SECONDS)).isTrue();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                });
        int taken = 0;
        while (loop.connect(opened::incrementAndGet)) {
            taken++;
        }
        assertThat(taken).isBetween(1, 1_000);
        assertThat(opened).hasValue(0);
        busy.countDown();
        int expected = taken;
        await().until(() -> opened.get() == expected);
        assertThat(loop.connect(opened::incrementAndGet)).isTrue();
    }

    @Test
    void endsItsThreadWhenStopped() throws Exception {
        FutureTask<Thread> thread = new FutureTask<>(Thread::currentThread);
        loop.execute(thread);
        Thread its = thread.get(10, TimeUnit.SECONDS);
        loop.stop();
        assertThat(its.join(Duration.ofSeconds(10))).isTrue();
    }

    private long onLoop(Callable<?> action) throws Exception {
        return LoopActions.run(loop, action);
    }

    private long onLoop(Runnable action) throws Exception {
        return onLoop(Executors.callable(action));
    }

    /** Registers the reader on the loop's thread, as a connection does. */
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

    /** Records its calls and runs the actions that a test has set. */
    private final class Reader implements EventLoop.Handler {
        private final List<String> read = new CopyOnWriteArrayList<>();
        private final List<Throwable> faults = new CopyOnWriteArrayList<>();
        private final AtomicInteger steps = new AtomicInteger();
        private Runnable onRead = () -> {};
        private Runnable onStep = () -> {};

        @SuppressWarnings("NullAway.Init") // register() sets it
        private Pipe pipe;

        Pipe pipe() {
            return pipe;
        }

        @Override
        public void ready(SelectionKey key) throws IOException {
            int count = loop.read(pipe.source(), 1_024);
            read.add(new String(loop.bytes(), 0, count, ISO_8859_1));
            onRead.run();
        }

        @Override
        public void proceed() {
            onStep.run();
        }

        @Override
        public void fault(Throwable cause) {
            faults.add(cause);
        }
    }
}
