package io.switchboard.transport;

import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** Runs actions of a test on an event loop. */
final class LoopActions {
    private LoopActions() {}

    /** Runs the action on the loop; returns the nanoTime before that. */
    static long run(EventLoop loop, Callable<?> action) throws Exception {
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
}
