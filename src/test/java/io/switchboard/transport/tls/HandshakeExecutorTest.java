package io.switchboard.transport.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The queue of TLS handshakes: its bound, its order, and the pause of those who accept. */
class HandshakeExecutorTest {
    private static final int HALF = HandshakeExecutor.MAX_WAITING / 2;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final HandshakeExecutor executor = new HandshakeExecutor(meters, 1, 1_000);

    /** Each task takes one before it ends. */
    private final Semaphore permits = new Semaphore(0);

    private final List<String> ran = new CopyOnWriteArrayList<>();

    @BeforeEach
    void occupyTheThread() {
        add("occupant", false);
        await().until(() -> executor.waiting() == 0);
    }

    @AfterEach
    void destroy() {
        executor.destroy();
        permits.release(1_000_000);
    }

    private void add(String name, boolean continued) {
        executor.execute(
                () -> {
                    permits.acquireUninterruptibly();
                    ran.add(name);
                },
                continued);
    }

    private Thread awaitRoom(AtomicBoolean wanted) {
        return Thread.ofPlatform().daemon().start(() -> executor.awaitRoom(wanted::get));
    }

    private static void awaitWaiting(Thread thread) {
        await().until(() -> thread.getState() == Thread.State.WAITING);
    }

    @Test
    void pausesAcceptingAtTheBoundUntilHalfOfTheTasksAreLeft() throws Exception {
        for (int i = 0; i < HandshakeExecutor.MAX_WAITING - 1; i++) {
            add("task", false);
        }
        executor.awaitRoom(() -> true); // returns: the bound is not reached
        add("task", false);
        assertThat(meters.get("switchboard.tls.handshakes.waiting").gauge().value())
                .isEqualTo(HandshakeExecutor.MAX_WAITING);
        Thread accepting = awaitRoom(new AtomicBoolean(true));
        awaitWaiting(accepting);
        permits.release(HALF - 1);
        await().until(() -> executor.waiting() == HALF + 1);
        awaitWaiting(accepting);
        permits.release();
        accepting.join();
        assertThat(executor.waiting()).isEqualTo(HALF);
    }

    @Test
    void aWakeUpEndsTheWaitOfAStoppedListenerOnly() throws Exception {
        for (int i = 0; i < HandshakeExecutor.MAX_WAITING; i++) {
            add("task", false);
        }
        AtomicBoolean runs = new AtomicBoolean(true);
        Thread stopped = awaitRoom(runs);
        Thread other = awaitRoom(new AtomicBoolean(true));
        awaitWaiting(stopped);
        awaitWaiting(other);
        runs.set(false);
        executor.wake();
        stopped.join();
        awaitWaiting(other);
    }

    @Test
    void prefersHandshakesThatHaveBegunButNotForever() {
        add("new", false);
        for (int i = 0; i < 10; i++) {
            add("begun", true);
        }
        permits.release(12);
        await().until(() -> ran.size() == 12);
        assertThat(ran).startsWith("occupant", "begun", "begun", "begun", "begun", "new", "begun");
    }

    @Test
    void continuesAfterATaskThatThrows() {
        executor.execute(
                () -> {
                    throw new IllegalStateException("thrown by a test");
                },
                false);
        add("next", false);
        permits.release(2);
        await().until(() -> ran.contains("next"));
    }
}
