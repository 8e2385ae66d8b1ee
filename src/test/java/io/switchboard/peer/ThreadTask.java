package io.switchboard.peer;

import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/**
 * A task on its own platform thread. A pool might not run all threads of a test at the same time.
 */
public final class ThreadTask<T> {
    private final FutureTask<T> task;
    private final Thread thread;

    private ThreadTask(Callable<T> work) {
        task = new FutureTask<>(work);
        thread = Thread.ofPlatform().daemon().start(task);
    }

    public static <T> ThreadTask<T> call(Callable<T> work) {
        return new ThreadTask<>(work);
    }

    public static ThreadTask<Boolean> run(Runnable work) {
        return new ThreadTask<>(
                () -> {
                    work.run();
                    return true;
                });
    }

    /** Waits for the result; an exception of the task becomes the cause of the one thrown here. */
    public T result() throws Exception {
        return task.get(10, TimeUnit.SECONDS);
    }

    public boolean done() {
        return task.isDone();
    }

    public Thread thread() {
        return thread;
    }
}
