package io.switchboard.bench;

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
 * The one thread that drives HTTP connections and reads for all peers.
 *
 * <p>One, because the machine this was made for has two cores, and the server needs the other.
 * Whatever fails on it fails the run: {@link #await} throws it.
 */
final class Loop implements AutoCloseable {
    /** A socket of the generator. Called on the loop only. */
    interface Handler {
        void ready(SelectionKey key) throws IOException;
    }

    /** Something to do on the loop. */
    interface Task<T extends @Nullable Object> {
        T run() throws IOException;
    }

    private static final Duration LONGEST_TASK = Duration.ofSeconds(60);

    private final Selector selector;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final CompletableFuture<Object> failure = new CompletableFuture<>();
    private final Thread thread = new Thread(this::run, "loop");
    private volatile boolean closed;

    Loop() throws IOException {
        selector = Selector.open();
        thread.setDaemon(true);
        thread.start();
    }

    SelectionKey register(SelectableChannel channel, int interest, Handler handler)
            throws IOException {
        channel.configureBlocking(false);
        return channel.register(selector, interest, handler);
    }

    /** Does it on the loop, and waits for that. */
    <T extends @Nullable Object> T call(Task<T> task) {
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
        return await(result, LONGEST_TASK, () -> "a task of the load generator");
    }

    /** Interest was changed by another thread. */
    void wakeup() {
        selector.wakeup();
    }

    /**
     * Waits for something that the loop completes.
     *
     * @param what is waited for, asked when it has not come in time
     * @throws Failed when it does not come in time, or anything on the loop failed
     */
    <T extends @Nullable Object> T await(
            CompletableFuture<T> result, Duration most, java.util.function.Supplier<String> what) {
        try {
            CompletableFuture.anyOf(result, failure).get(most.toMillis(), TimeUnit.MILLISECONDS);
            return result.join();
        } catch (TimeoutException e) {
            throw new Failed("not within " + most.toSeconds() + " s: " + what.get(), e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Failed failed
                    ? new Failed(String.valueOf(failed.getMessage()), failed)
                    : new Failed(what.get() + ": " + e.getCause(), e);
        } catch (InterruptedException e) {
            throw new Failed("interrupted while waiting for " + what.get(), e);
        }
    }

    private void run() {
        while (!closed) {
            try {
                selector.select(Loop::dispatch);
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
            ((Handler) key.attachment()).ready(key);
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
