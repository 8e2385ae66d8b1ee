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

    /** A client that serves one request in each turn is not held up by those that serve many. */
    @Test
    void aFlowThatHasDoneLessGoesFirst() {
        TurnQueue turns = new TurnQueue(1);
        TurnQueue.Flow much = new TurnQueue.Flow();
        TurnQueue.Flow little = new TurnQueue.Flow();
        turns.begin(UNLIMITED, much, 0).close();
        turns.begin(UNLIMITED, little, 0).close();
        TurnQueue.Turn held = turns.begin(UNLIMITED);
        ask(turns, "much", much, 10).countDown();
        CountDownLatch end = ask(turns, "little", little, 1);
        held.close();
        await().until(() -> begun.equals(List.of("little")));
        ask(turns, "little again", little, 1).countDown();
        end.countDown();
        await().until(() -> begun.equals(List.of("little", "little again", "much")));
    }

    /** Nobody saves up turns by asking for none. */
    @Test
    void aFlowThatHasPausedGoesBehindThoseThatHaveDoneAsMuchAsOthers() {
        TurnQueue turns = new TurnQueue(1);
        TurnQueue.Flow busy = new TurnQueue.Flow();
        for (int turn = 0; turn < 100; turn++) {
            turns.begin(UNLIMITED, busy, 10).close();
        }
        TurnQueue.Flow late = new TurnQueue.Flow();
        TurnQueue.Turn held = turns.begin(UNLIMITED);
        ask(turns, "busy", busy, 10).countDown();
        ask(turns, "late", late, 0).countDown();
        ask(turns, "late again", late, 11).countDown();
        held.close();
        await().until(() -> begun.equals(List.of("late", "busy", "late again")));
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
        return ask(turns, name, new TurnQueue.Flow(), 0);
    }

    private CountDownLatch ask(TurnQueue turns, String name, TurnQueue.Flow flow, int done) {
        CountDownLatch end = new CountDownLatch(1);
        Thread thread =
                Thread.ofPlatform()
                        .daemon()
                        .start(
                                () -> {
                                    TurnQueue.Turn turn = turns.begin(UNLIMITED, flow, done);
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
