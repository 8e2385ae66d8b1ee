package io.switchboard.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnswerBodyTest {
    private static final int FREE = WebhookAnswerBudget.FREE_BYTES;

    private final WebhookAnswerBudget budget = new WebhookAnswerBudget(6 * FREE);

    /** An endless body. */
    private static final class Endless extends InputStream {
        private long received;

        @Override
        public int read() {
            received++;
            return 0;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            received += length;
            return length;
        }
    }

    private static AnswerBody body(int length) {
        return new AnswerBody(new ByteArrayInputStream(new byte[length]), () -> 0);
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1, 0", "4095, 0", "4097, 16384", "8191, 16384"})
    void reservesMemoryForWhatIsNotFree(int length, long reserved) throws Exception {
        WebhookAnswerBudget.Share memory = budget.share();
        assertThat(body(length).read(memory)).hasSize(length);
        assertThat(budget.used()).isEqualTo(reserved);
        memory.release();
        memory.release();
        assertThat(budget.used()).isZero();
    }

    @Test
    void anAnswerThatDoesNotFitIsNotReadAndShortOnesAre() throws Exception {
        WebhookAnswerBudget.Share first = budget.share();
        assertThat(body(2 * FREE + 1).read(first)).isNull();
        first.release();
        assertThat(body(FREE + 1).read(first)).isNotNull();
        WebhookAnswerBudget.Share second = budget.share();
        assertThat(body(FREE + 1).read(second)).isNull();
        assertThat(body(FREE - 1).read(second)).hasSize(FREE - 1);
        first.release();
        assertThat(body(FREE + 1).read(second)).hasSize(FREE + 1);
    }

    @Test
    void theLongestAnswerFitsIntoTheSmallestBudget() throws Exception {
        WebhookAnswerBudget small = new WebhookAnswerBudget(4L * 1024 * 1024);
        assertThat(body(AnswerBody.MAX_LENGTH).read(small.share())).hasSize(AnswerBody.MAX_LENGTH);
        assertThat(body(AnswerBody.MAX_LENGTH + 1).read(new WebhookAnswerBudget(1L << 30).share()))
                .isNull();
    }

    /**
     * The readers take all carrier threads. Unless they leave them, the other virtual thread runs
     * after they have ended.
     */
    @Test
    void otherVirtualThreadsRunWhileDataIsAlwaysThere() throws Exception {
        int most = 2_000;
        int readers = 2 * Runtime.getRuntime().availableProcessors();
        AtomicBoolean hasRun = new AtomicBoolean();
        AtomicInteger bodies = new AtomicInteger();
        CountDownLatch begun = new CountDownLatch(1);
        List<Thread> threads = new ArrayList<>();
        for (int count = 0; count < readers; count++) {
            threads.add(
                    Thread.ofVirtual()
                            .start(
                                    () -> {
                                        begun.countDown();
                                        for (int at = 0; at < most && !hasRun.get(); at++) {
                                            discard(new Endless());
                                            bodies.incrementAndGet();
                                        }
                                    }));
        }
        begun.await();
        threads.add(Thread.ofVirtual().start(() -> hasRun.set(true)));
        for (Thread each : threads) {
            each.join();
        }
        assertThat(bodies.get()).isLessThan(most);
    }

    private static void discard(Endless endless) {
        try {
            new AnswerBody(endless, () -> endless.received).discard();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
