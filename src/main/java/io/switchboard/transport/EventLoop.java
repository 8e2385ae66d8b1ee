package io.switchboard.transport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;

/**
 * One selector and the one thread that serves it. Nothing on it may wait.
 *
 * <p>A socket belongs to one loop for life, so what only its {@link Handler} touches needs no lock.
 */
public final class EventLoop {

    /** What a selection key is attached to. Every method is called on the loop's thread. */
    public interface Handler {

        /** The socket is ready for some of the operations that the key asks for. */
        void ready(SelectionKey key) throws IOException;

        /** Time to look at deadlines; {@code now} is {@link System#nanoTime}. */
        void sweep(long now);

        /** The time of a {@link EventLoop#timer} of this handler has passed. */
        default void due() {}

        /** A fault of our own in one of the others; the socket must be given up. */
        void fault(Throwable cause);
    }

    private static final Logger log = LoggerFactory.getLogger(EventLoop.class);
    private static final int READ_BUFFER = 64 * 1024;
    private static final long SWEEP_MILLIS = 250;

    /** A fault that stays must not fill the log: the one wait that a loop allows itself. */
    private static final long FAULT_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Selector selector;
    private final Thread thread;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final byte[] bytes = new byte[READ_BUFFER];
    private final ByteBuffer readBuffer = ByteBuffer.wrap(bytes);
    private final Timer.Timers timers = new Timer.Timers();
    private long nextSweep = System.nanoTime();

    EventLoop(String name) throws IOException {
        selector = Selector.open();
        thread = Thread.ofPlatform().name(name).daemon().unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** Ends the thread; what is still registered is closed by whoever opened it. */
    void stop() {
        try {
            selector.close();
        } catch (IOException e) {
            log.warn("{}: closing the selector: {}", thread.getName(), e.toString());
        }
    }

    /** Has the loop run this soon; called from any thread. */
    public void execute(Runnable task) {
        tasks.add(task);
        wakeUp();
    }

    /** Makes changed interests and closed channels known to the selector. Any thread. */
    public void wakeUp() {
        if (Thread.currentThread() != thread) {
            selector.wakeup();
        }
    }

    public Selector selector() {
        return selector;
    }

    /** Returns a stopped timer for a handler on this loop. Any thread. */
    public Timer timer(Handler handler, Duration delay) {
        return new Timer(timers, handler, delay.toNanos());
    }

    /** Reads once into {@link #bytes}, from offset 0; returns how many bytes, -1 at the end. */
    public int read(ReadableByteChannel channel) throws IOException {
        return channel.read(readBuffer.clear());
    }

    /** What was read last; the loop's own again when the handler returns. */
    public byte[] bytes() {
        return bytes;
    }

    private void run() {
        while (selector.isOpen()) {
            try {
                long before = System.nanoTime();
                select(timers.millisLeft(before));
                for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                    task.run();
                }
                // Not what has become due since: what came before it may not have been read yet.
                timers.fire(before);
                sweepWhenDue();
            } catch (ClosedSelectorException e) {
                return;
            } catch (IOException | RuntimeException | Error e) {
                log.error("{} goes on after", thread.getName(), e);
                LockSupport.parkNanos(FAULT_PAUSE_NANOS);
                // Tasks behind the one that threw have had their wake-up already.
                selector.wakeup();
            }
        }
    }

    /** Waits until the earliest timer, in {@code millis}, at most. */
    private void select(long millis) throws IOException {
        if (millis <= 0) {
            selector.selectNow(EventLoop::dispatch);
        } else if (millis == Long.MAX_VALUE && selector.keys().isEmpty()) {
            selector.select(EventLoop::dispatch);
        } else {
            selector.select(EventLoop::dispatch, Math.min(millis, SWEEP_MILLIS));
        }
    }

    private void sweepWhenDue() {
        long now = System.nanoTime();
        if (now - nextSweep < 0) {
            return;
        }
        nextSweep = now + TimeUnit.MILLISECONDS.toNanos(SWEEP_MILLIS);
        for (SelectionKey key : selector.keys()) {
            if (key.attachment() instanceof Handler handler) {
                try {
                    handler.sweep(now);
                } catch (RuntimeException | Error e) {
                    handler.fault(e);
                }
            }
        }
    }

    private static void dispatch(SelectionKey key) {
        Handler handler = (Handler) key.attachment();
        try {
            handler.ready(key);
        } catch (CancelledKeyException e) {
            log.trace("closed by another thread meanwhile", e);
        } catch (IOException | RuntimeException | Error e) {
            handler.fault(e);
        }
    }

    /**
     * An event loop for every two processors, shared by all listeners.
     *
     * <p>HTTP needs the others. With a loop for each, loops that are woken at once read a line at a
     * time and compete with whoever feeds them: twice the CPU for each line received.
     */
    @Component
    public static final class Group implements DisposableBean {
        private final List<EventLoop> loops;
        private final AtomicInteger next = new AtomicInteger();

        Group() {
            loops =
                    IntStream.range(0, Math.max(1, Runtime.getRuntime().availableProcessors() / 2))
                            .mapToObj(Group::open)
                            .toList();
            loops.forEach(EventLoop::start);
        }

        private static EventLoop open(int number) {
            try {
                return new EventLoop("loop-" + number);
            } catch (IOException e) {
                throw new UncheckedIOException("opening the selector of event loop " + number, e);
            }
        }

        /** The loop for one more connection: each in turn. */
        public EventLoop next() {
            return loops.get(Math.floorMod(next.getAndIncrement(), loops.size()));
        }

        @Override
        public void destroy() {
            loops.forEach(EventLoop::stop);
        }
    }
}
