package io.switchboard.peer;

import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** Work on a platform thread of its own: a pool might not run all of a test's threads at once. */
public final class Elsewhere<T> {
    private final FutureTask<T> task;
    private final Thread thread;

    private Elsewhere(Callable<T> work) {
        task = new FutureTask<>(work);
        thread = Thread.ofPlatform().daemon().start(task);
    }

    public static <T> Elsewhere<T> call(Callable<T> work) {
        return new Elsewhere<>(work);
    }

    public static Elsewhere<Boolean> run(Runnable work) {
        return new Elsewhere<>(
                () -> {
                    work.run();
                    return true;
                });
    }

    /** What the work returned; what it threw is the cause of what this throws. */
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
