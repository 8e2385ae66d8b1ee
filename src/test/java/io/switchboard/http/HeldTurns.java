package io.switchboard.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.function.Predicate;

/** Has all of the {@link CostlyTurns}, so that who needs one waits. */
public final class HeldTurns implements AutoCloseable {
    private final CountDownLatch release = new CountDownLatch(1);

    public HeldTurns() throws InterruptedException {
        CountDownLatch held = new CountDownLatch(TurnQueue.HALF_OF_PROCESSORS);
        for (int turn = 0; turn < TurnQueue.HALF_OF_PROCESSORS; turn++) {
            Thread.ofPlatform().daemon().start(() -> CostlyTurns.call(() -> hold(held)));
        }
        held.await();
    }

    private boolean hold(CountDownLatch held) {
        held.countDown();
        try {
            release.await();
            return true;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        release.countDown();
    }

    /** Asserts that this waits for a turn, and succeeds when there is one. */
    public static void assertTakesATurn(Runnable work) throws Exception {
        FutureTask<Boolean> task = new FutureTask<>(work, true);
        Thread thread = Thread.ofPlatform().daemon().unstarted(task);
        try (HeldTurns _ = new HeldTurns()) {
            thread.start();
            await().until(() -> task.isDone() || waitsForATurn(thread.getStackTrace()));
            assertThat(task).as("done without a turn").isNotDone();
        }
        assertThat(task.get()).isTrue();
    }

    /** Waits until a thread that is in this class waits for a turn. */
    static void awaitWaiting(Class<?> waiting) {
        await().until(
                        () ->
                                Thread.getAllStackTraces().values().stream()
                                        .filter(HeldTurns::waitsForATurn)
                                        .flatMap(Arrays::stream)
                                        .anyMatch(isIn(waiting)));
    }

    private static boolean waitsForATurn(StackTraceElement[] stack) {
        return Arrays.stream(stack).anyMatch(isIn(TurnQueue.class));
    }

    private static Predicate<StackTraceElement> isIn(Class<?> type) {
        return frame -> frame.getClassName().equals(type.getName());
    }
}
