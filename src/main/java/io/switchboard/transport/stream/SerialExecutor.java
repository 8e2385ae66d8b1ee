package io.switchboard.transport.stream;

import io.switchboard.fatal.FatalErrors;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs tasks one after another, in submission order, on a virtual thread that exists only while
 * there are tasks. A task may block. If a task throws, the next one is run nevertheless.
 *
 * <p>Thread-safe. This object's monitor guards the queue; it is not held while a task runs.
 */
final class SerialExecutor implements Executor {
    private static final Logger log = LoggerFactory.getLogger(SerialExecutor.class);

    /** The queued tasks; null while there is no thread. */
    private @Nullable Queue<Runnable> waiting;

    @Override
    public synchronized void execute(Runnable task) {
        if (waiting == null) {
            waiting = new ArrayDeque<>(2);
            Thread.startVirtualThread(this::run);
        }
        waiting.add(task);
    }

    /** Returns the number of tasks that have not begun. */
    synchronized int size() {
        return waiting == null ? 0 : waiting.size();
    }

    private void run() {
        for (Runnable task = next(); task != null; task = next()) {
            try {
                task.run();
            } catch (RuntimeException | Error e) {
                FatalErrors.check(e);
                log.error("a gateway or an event listener has failed", e);
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
