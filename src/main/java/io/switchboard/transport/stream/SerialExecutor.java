package io.switchboard.transport.stream;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs tasks one after the other, in the order in which they came, on a virtual thread that exists
 * only while there are any. A task may block; one that throws does not keep the next from running.
 *
 * <p>Thread-safe. This object's monitor guards the queue and is held while no task runs.
 */
final class SerialExecutor implements Executor {
    private static final Logger log = LoggerFactory.getLogger(SerialExecutor.class);

    /** Null while there is no thread. */
    private @Nullable Queue<Runnable> waiting;

    @Override
    public synchronized void execute(Runnable task) {
        if (waiting == null) {
            waiting = new ArrayDeque<>(2);
            Thread.startVirtualThread(this::run);
        }
        waiting.add(task);
    }

    /** How many tasks have not begun. */
    synchronized int size() {
        return waiting == null ? 0 : waiting.size();
    }

    private void run() {
        for (Runnable task = next(); task != null; task = next()) {
            try {
                task.run();
            } catch (RuntimeException | Error e) {
                log.error("a gateway or a listener to events has failed", e);
            }
        }
    }

    private synchronized @Nullable Runnable next() {
        Runnable task = waiting == null ? null : waiting.poll();
        if (task == null) {
            waiting = null;
        }
        return task;
    }
}
