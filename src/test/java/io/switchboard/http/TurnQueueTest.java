package io.switchboard.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TurnQueueTest {
    private static final long UNLIMITED = TimeUnit.HOURS.toNanos(1);

    private final List<String> begun = new CopyOnWriteArrayList<>();
    private final List<Thread> waiting = new CopyOnWriteArrayList<>();

    @AfterEach
    void interrupt() {
        waiting.forEach(Thread::interrupt);
    }

    @Test
    void othersWaitInOrderUntilATurnEnds() {
        TurnQueue turns = new TurnQueue(1);
        TurnQueue.Turn first = turns.begin(UNLIMITED);
        CountDownLatch second = ask(turns, "second");
        CountDownLatch third = ask(turns, "third");
        assertThat(begun).isEmpty();

        first.close();
        await().until(() -> begun.equals(List.of("second")));
        second.countDown();
        await().until(() -> begun.equals(List.of("second", "third")));
        third.countDown();
    }

    @Test
    void severalTurnsAreInParallel() {
        TurnQueue turns = new TurnQueue(2);
        TurnQueue.Turn first = turns.begin(UNLIMITED);
        turns.begin(UNLIMITED);
        ask(turns, "third").countDown();
        assertThat(begun).isEmpty();
        first.close();
        await().until(() -> begun.equals(List.of("third")));
    }

    /** Its request may wait for a peer's reply or for a client that sends nothing more. */
    @Test
    void aLongTurnDoesNotHoldUpTheNext() {
        TurnQueue turns = new TurnQueue(1);
        TurnQueue.Turn first = turns.begin(1);
        turns.begin(UNLIMITED);
        CountDownLatch third = ask(turns, "third");
        first.close(); // it does not count any more, so its end makes no room
        assertThat(begun).isEmpty();
        third.countDown();
    }

    /** Lets a thread wait for a turn. Returns a latch that ends the turn. */
    private CountDownLatch ask(TurnQueue turns, String name) {
        CountDownLatch end = new CountDownLatch(1);
        Thread thread =
                Thread.ofPlatform()
                        .daemon()
                        .start(
                                () -> {
                                    TurnQueue.Turn turn = turns.begin(UNLIMITED);
                                    begun.add(name);
                                    awaitEnd(end);
                                    turn.close();
                                });
        waiting.add(thread);
        await().until(() -> isWaiting(thread));
        return end;
    }

    private static boolean isWaiting(Thread thread) {
        return thread.getState() == Thread.State.WAITING
                || thread.getState() == Thread.State.TIMED_WAITING;
    }

    private static void awaitEnd(CountDownLatch end) {
        try {
            end.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
