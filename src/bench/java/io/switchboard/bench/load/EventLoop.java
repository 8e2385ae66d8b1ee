package io.switchboard.bench.load;

import io.switchboard.bench.BenchException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The single thread that drives the HTTP connections and the sockets of all peers.
 *
 * <p>There is only one thread, because the benchmark was designed for a machine with two cores and
 * the server needs the other one. If anything fails on this thread, the run fails: {@link #await}
 * throws the exception.
 */
public final class EventLoop implements AutoCloseable {
    /** A socket of the load generator; called on the event loop only. */
    interface Handler {
        void onReady(SelectionKey key) throws IOException;
    }

    /** A task for the event loop. */
    public interface Task<T extends @Nullable Object> {
        T run() throws IOException;
    }

    private static final Duration TASK_TIMEOUT = Duration.ofSeconds(60);

    private final Selector selector;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final CompletableFuture<Object> failure = new CompletableFuture<>();
    private final Thread thread = new Thread(this::run, "loop");
    private volatile boolean closed;

    public EventLoop() throws IOException {
        selector = Selector.open();
        thread.setDaemon(true);
        thread.start();
    }

    SelectionKey register(SelectableChannel channel, int interest, Handler handler)
            throws IOException {
        channel.configureBlocking(false);
        return channel.register(selector, interest, handler);
    }

    /**
     * Runs a task on the event loop and returns its result. Must not be called on the event loop.
     */
    public <T extends @Nullable Object> T call(Task<T> task) {
        CompletableFuture<T> result = new CompletableFuture<>();
        tasks.add(
                () -> {
                    try {
                        result.complete(task.run());
                    } catch (IOException | RuntimeException | Error e) {
                        result.completeExceptionally(e);
                    }
                });
        selector.wakeup();
        return await(result, TASK_TIMEOUT, () -> "a task of the load generator");
    }

    /** Makes the selector apply an interest set that another thread has changed. */
    void wakeup() {
        selector.wakeup();
    }

    /**
     * Returns the result of a future that the event loop completes.
     *
     * @param what describes what the caller waits for; called only if the wait fails
     * @throws BenchException if the timeout passes or anything on the event loop fails
     */
    <T extends @Nullable Object> T await(
            CompletableFuture<T> result,
            Duration timeout,
            java.util.function.Supplier<String> what) {
        try {
            CompletableFuture.anyOf(result, failure).get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            return result.join();
        } catch (TimeoutException e) {
            throw new BenchException(
                    "timeout after " + timeout.toSeconds() + " s: " + what.get(), e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof BenchException failed
                    ? new BenchException(String.valueOf(failed.getMessage()), failed)
                    : new BenchException(what.get() + ": " + e.getCause(), e);
        } catch (InterruptedException e) {
            throw new BenchException("interrupted while waiting for " + what.get(), e);
        }
    }

    private void run() {
        while (!closed) {
            try {
                selector.select(EventLoop::dispatch);
                for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                    task.run();
                }
            } catch (IOException | RuntimeException | Error e) {
                failure.completeExceptionally(e);
                return;
            }
        }
    }

    private static void dispatch(SelectionKey key) {
        try {
            ((Handler) key.attachment()).onReady(key);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        selector.close();
    }
}
