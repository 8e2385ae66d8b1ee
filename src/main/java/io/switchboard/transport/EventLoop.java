package io.switchboard.transport;

import io.switchboard.fatal.FatalErrors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;

/**
 * One selector and the one thread that serves it. Nothing that runs on this thread may block.
 *
 * <p>A socket belongs to one loop for its lifetime, so state that only its {@link Handler} touches
 * needs no lock.
 *
 * <p>The loop works in turns, so that no peer waits for another one that sends much:
 *
 * <pre>
 *   select ─▶ ready(): each ready socket, one read ─▶ tasks ─▶ connects ─▶ timers ─▶ deferred
 *      ▲                                              └── a {@link Slice} of 2 ms for each ──┘ │
 *      └──────────────── without waiting while tasks, connects or deferred are left ─────────┘
 * </pre>
 *
 * <p>A handler whose socket or buffer has more than one step of work {@linkplain #defer defers} the
 * rest. The deferred handlers take turns, one step each.
 */
public final class EventLoop {

    /** The attachment of a selection key. Every method is called on the loop's thread. */
    public interface Handler {

        /**
         * Called when the socket is ready for some of the operations in the key's interest set.
         * Takes one step, of about 100 µs at most.
         */
        void ready(SelectionKey key) throws IOException;

        /** Takes the next step after {@link EventLoop#defer}. */
        default void proceed() throws IOException {}

        /** Called when another method of this handler threw; the socket must be closed. */
        void fault(Throwable cause);
    }

    private static final Logger log = LoggerFactory.getLogger(EventLoop.class);
    private static final int READ_BUFFER = 64 * 1024;

    /** The most connections that wait to be opened; see {@link #connect}. */
    private static final int MAX_CONNECTS = 64;

    /** The most connections that are opened in one turn. Each of them soon becomes ready. */
    private static final int CONNECTS_PER_TURN = 16;

    /**
     * Pause after a fault of the loop itself, so that a lasting fault does not fill the log. This
     * is the only time that a loop blocks outside of select.
     */
    private static final long FAULT_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Selector selector;
    private final Thread thread;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final BlockingQueue<Runnable> connects = new ArrayBlockingQueue<>(MAX_CONNECTS);
    private final Consumer<SelectionKey> dispatch = this::dispatch;
    private final byte[] bytes = new byte[READ_BUFFER];
    private final ByteBuffer readBuffer = ByteBuffer.wrap(bytes);
    private final Timer.Queue timers = new Timer.Queue();
    private final Slice slice = new Slice();

    /** The handlers with more to do, each once; used on the loop's thread only. */
    private final Queue<Handler> deferred = new ArrayDeque<>();

    private final ReceiveBudget.Share received;

    /** {@link System#nanoTime} at which the turn began; 0 while the loop waits for the selector. */
    private volatile long turnStartedAt;

    private volatile boolean stopped;

    /** Creates a loop whose connections share a part of the budget of received data. */
    EventLoop(String name, ReceiveBudget.Share received) throws IOException {
        this.received = received;
        selector = Selector.open();
        thread =
                Thread.ofPlatform()
                        .name(name)
                        .daemon()
                        .unstarted(() -> FatalErrors.runEssential(this::run, () -> stopped));
    }

    void start() {
        thread.start();
    }

    /** Ends the thread. Whoever opened a channel that is still registered must close it. */
    void stop() {
        stopped = true;
        try {
            selector.close();
        } catch (IOException e) {
            log.warn("{}: closing the selector: {}", thread.getName(), e.toString());
        }
    }

    /** Runs the task on the loop's thread, after those submitted before. Any thread. */
    public void execute(Runnable task) {
        tasks.add(task);
        wakeUp();
    }

    /**
     * Runs the task, which opens an accepted connection, on the loop's thread. Waits up to 100 ms
     * if the loop is behind with opening connections: they wait in the kernel's accept queue, not
     * here. Returns whether the loop will run the task.
     */
    public boolean connect(Runnable task) throws InterruptedException {
        boolean taken = connects.offer(task, 100, TimeUnit.MILLISECONDS);
        selector.wakeup();
        return taken;
    }

    /**
     * Calls {@link Handler#proceed} after the other deferred handlers. Called on the loop's thread;
     * a handler must not be deferred twice at a time.
     */
    public void defer(Handler handler) {
        deferred.add(handler);
    }

    /** Makes the selector see changed interest sets and closed channels. Any thread. */
    public void wakeUp() {
        if (!isCurrentThread()) {
            selector.wakeup();
        }
    }

    boolean isCurrentThread() {
        return Thread.currentThread() == thread;
    }

    public Selector selector() {
        return selector;
    }

    /** Returns the budget of received data that is not a frame yet. */
    public ReceiveBudget.Share received() {
        return received;
    }

    /** Returns a stopped timer of an owner on this loop. Any thread. */
    public Timer timer(Timer.Owner owner) {
        return new Timer(this, timers, owner);
    }

    /** Returns the number of queued timers. Called on the loop's thread. */
    int timers() {
        return timers.size();
    }

    /**
     * Reads once into {@link #bytes}, from offset 0. Returns the number of bytes read, or -1 at the
     * end of the stream.
     *
     * @param limit the most bytes to read, at most 64 KiB
     */
    public int read(ReadableByteChannel channel, int limit) throws IOException {
        return channel.read(readBuffer.clear().limit(limit));
    }

    /**
     * Returns the buffer with the bytes of the last read. The loop reuses it when the handler has
     * returned.
     */
    public byte[] bytes() {
        return bytes;
    }

    private void run() {
        while (selector.isOpen()) {
            try {
                turn();
            } catch (ClosedSelectorException e) {
                return;
            } catch (IOException | RuntimeException | Error e) {
                FatalErrors.check(e);
                log.error("{} continues after an error", thread.getName(), e);
                LockSupport.parkNanos(FAULT_PAUSE_NANOS);
            } finally {
                turnStartedAt = 0;
            }
        }
    }

    private void turn() throws IOException {
        long start = System.nanoTime();
        select(timers.millisLeft(start));
        beginTurn();
        runTasks();
        openConnections();
        // Timers that expired after the select began must wait: data that arrived before their
        // expiry may not have been read yet.
        timers.fire(start, slice.start());
        proceedWithDeferred();
    }

    /** Called before the first handler, task or timer of a turn runs; later calls do nothing. */
    private void beginTurn() {
        if (turnStartedAt == 0) {
            turnStartedAt = System.nanoTime() | 1;
        }
    }

    /** Returns for how many nanoseconds the current turn has run; 0 between turns. Any thread. */
    long turnNanos(long now) {
        long start = turnStartedAt;
        return start == 0 ? 0 : now - start;
    }

    String name() {
        return thread.getName();
    }

    /** Selects; waits at most until the earliest timer, which expires in {@code millis}. */
    private void select(long millis) throws IOException {
        if (millis <= 0 || !tasks.isEmpty() || !connects.isEmpty() || !deferred.isEmpty()) {
            selector.selectNow(dispatch);
        } else {
            selector.select(dispatch, millis == Timer.NONE ? 0 : millis);
        }
    }

    private void runTasks() {
        slice.start();
        while (!tasks.isEmpty() && slice.next()) {
            run(tasks.remove());
        }
    }

    private void openConnections() {
        slice.start();
        for (int opened = 0;
                opened < CONNECTS_PER_TURN && !connects.isEmpty() && slice.next();
                opened++) {
            run(connects.remove());
        }
    }

    private void run(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            FatalErrors.check(e);
            log.error("{}: a task has failed", thread.getName(), e);
        }
    }

    private void proceedWithDeferred() {
        slice.start();
        while (!deferred.isEmpty() && slice.next()) {
            Handler handler = deferred.remove();
            try {
                handler.proceed();
            } catch (IOException | RuntimeException | Error e) {
                FatalErrors.check(e);
                handler.fault(e);
            }
        }
    }

    private void dispatch(SelectionKey key) {
        beginTurn();
        Handler handler = (Handler) key.attachment();
        try {
            handler.ready(key);
        } catch (CancelledKeyException e) {
            log.trace("another thread has closed the channel", e);
        } catch (IOException | RuntimeException | Error e) {
            FatalErrors.check(e);
            handler.fault(e);
        }
    }

    /**
     * The event loops, one for every two processors, shared by all listeners.
     *
     * <p>HTTP needs the other processors. With one loop for each processor, loops that wake up at
     * the same time read one line per read and compete for CPU with the senders: each received line
     * then costs twice the CPU.
     */
    @Component
    public static final class Group implements DisposableBean {
        private static final int TASKS_SECONDS = 5;

        private final List<EventLoop> loops;
        private final AtomicInteger next = new AtomicInteger();

        Group(ReceiveBudget budget) {
            int count = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
            loops =
                    IntStream.range(0, count)
                            .mapToObj(number -> open(number, budget.share(count)))
                            .toList();
            loops.forEach(EventLoop::start);
        }

        private static EventLoop open(int number, ReceiveBudget.Share received) {
            try {
                return new EventLoop("loop-" + number, received);
            } catch (IOException e) {
                throw new UncheckedIOException("opening the selector of event loop " + number, e);
            }
        }

        /** Returns all loops. */
        List<EventLoop> all() {
            return loops;
        }

        /** Returns the loop for the next connection, round robin. */
        public EventLoop next() {
            return loops.get(Math.floorMod(next.getAndIncrement(), loops.size()));
        }

        /**
         * Waits until each loop has run the tasks that it has now, or at most {@link
         * #TASKS_SECONDS}. Not called on a loop.
         */
        public void awaitTasks() {
            CompletableFuture<?>[] turns =
                    loops.stream()
                            .map(loop -> CompletableFuture.runAsync(() -> {}, loop::execute))
                            .toArray(CompletableFuture[]::new);
            try {
                CompletableFuture.allOf(turns).get(TASKS_SECONDS, TimeUnit.SECONDS);
            } catch (TimeoutException e) {
                log.warn("an event loop has not run its tasks within {} s", TASKS_SECONDS, e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (ExecutionException e) {
                throw new IllegalStateException(e);
            }
        }

        /** Returns how many received bytes of unfinished frames one loop may hold. */
        public long receiveLimit() {
            return loops.getFirst().received().limit();
        }

        @Override
        public void destroy() {
            loops.forEach(EventLoop::stop);
        }
    }
}
