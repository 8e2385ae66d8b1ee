package io.switchboard.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

class LoopsHealthTest {
    private final EventLoop.Group loops = new EventLoop.Group(ReceiveBudgetTest.budget(1_000));
    private final LoopsHealth health = new LoopsHealth(loops);
    private final CountDownLatch released = new CountDownLatch(1);

    @AfterEach
    void stop() {
        released.countDown();
        loops.destroy();
    }

    @Test
    void aLoopThatWaitsForItsSocketsIsUpHoweverLong() {
        await().untilAsserted(
                        () ->
                                assertThat(after(Duration.ofHours(1)).getStatus())
                                        .isEqualTo(Status.UP));
    }

    @Test
    void aLoopIsDownWhileItsTurnLastsForFiveSeconds() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        EventLoop loop = loops.next();
        long began = System.nanoTime();
        loop.execute(
                () -> {
                    running.countDown();
                    try {
                        released.await();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                });
        running.await();
        assertThat(health.health(began).getStatus()).isEqualTo(Status.UP);
        Health down = after(Duration.ofSeconds(5));
        assertThat(down.getStatus()).isEqualTo(Status.DOWN);
        assertThat(down.getDetails()).containsKey(loop.name());

        released.countDown();
        await().untilAsserted(
                        () ->
                                assertThat(after(Duration.ofSeconds(5)).getStatus())
                                        .isEqualTo(Status.UP));
    }

    /** Returns the health as it would be after this time if no turn ended meanwhile. */
    private Health after(Duration time) {
        return health.health(System.nanoTime() + time.toNanos());
    }
}
