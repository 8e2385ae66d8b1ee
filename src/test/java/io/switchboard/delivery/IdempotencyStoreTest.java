package io.switchboard.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.switchboard.peer.ThreadTask;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class IdempotencyStoreTest {
    private final IdempotencyStore store = new IdempotencyStore();
    private final AtomicInteger attempts = new AtomicInteger();

    @Test
    void aRepetitionGetsTheFirstResult() throws Exception {
        SendResult first = once("k", 1, report(1, 0, false));
        assertThat(once("k", 1, report(2, 0, false))).isSameAs(first);
        assertThat(once("other", 1, report(2, 0, false))).isNotSameAs(first);
        assertThat(attempts).hasValue(2);
    }

    @Test
    void anotherRequestWithTheSameKeyIsRejected() throws Exception {
        once("k", 1, report(1, 0, false));
        assertThat(once("k", 2, report(1, 0, false)))
                .isInstanceOfSatisfying(
                        SendResult.Rejected.class,
                        rejected -> {
                            assertThat(rejected.reason()).isEqualTo(SendResult.Reason.KEY_REUSED);
                            assertThat(rejected.detail()).contains("'k'");
                        });
        assertThat(attempts).hasValue(1);
    }

    /** Race: the repetition arrives while the first request is in progress. */
    @Test
    void aRepetitionWaitsForTheFirstResult() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch gate = new CountDownLatch(1);
        ThreadTask<SendResult> first =
                ThreadTask.call(
                        () ->
                                store.once(
                                        SendResult.class,
                                        "k",
                                        1,
                                        () -> {
                                            entered.countDown();
                                            gate.await();
                                            return report(1, 0, false);
                                        }));
        entered.await();
        ThreadTask<SendResult> second = ThreadTask.call(() -> once("k", 1, report(2, 0, false)));
        await().until(() -> second.thread().getState() == Thread.State.WAITING);
        gate.countDown();
        assertThat(second.result()).isSameAs(first.result());
        assertThat(attempts).hasValue(0);
    }

    @Test
    void aRequestThatSentNothingOrWasIncompleteIsExecutedAgain() throws Exception {
        for (SendResult result :
                List.of(
                        new SendResult.Rejected(SendResult.Reason.NO_PEER, ""),
                        new SendResult.Rejected(SendResult.Reason.BAD_PAYLOAD, ""),
                        failed(false, FailureReason.OUTBOX_FULL),
                        failed(true, FailureReason.NO_ANSWER),
                        report(1, 0, true))) {
            once("k", 1, result);
            assertThat(store.once(NodeResult.class, "k", 1, IdempotencyStoreTest::nothing))
                    .isNotNull();
        }
        assertThat(attempts).hasValue(5);
    }

    @Test
    void theResultOfARequestThatMayHaveSentIsStored() throws Exception {
        List<SendResult> results =
                List.of(
                        new SendResult.Rejected(SendResult.Reason.SHUTTING_DOWN, ""),
                        failed(true, FailureReason.NO_REPLY),
                        failed(true, FailureReason.RESET),
                        report(0, 0, false),
                        report(2, 1, false));
        for (int key = 0; key < results.size(); key++) {
            once("k" + key, 1, results.get(key));
            assertThat(once("k" + key, 1, report(9, 9, false))).isSameAs(results.get(key));
        }
        assertThat(attempts).hasValue(results.size());
    }

    /** One key has two results: that of the whole delivery and that of this node. */
    @Test
    void eachTypeOfResultIsStoredSeparately() throws Exception {
        once("k", 1, report(3, 0, false));
        NodeResult own = node(1, 0);
        assertThat(store.once(NodeResult.class, "k", 2, () -> own)).isSameAs(own);
        assertThat(store.once(NodeResult.class, "k", 2, () -> node(2, 0))).isSameAs(own);
    }

    @Test
    void aNodeThatSentNothingExecutesTheRequestAgain() throws Exception {
        NodeResult unmatched = node(0, 0);
        NodeResult refused = node(1, 1);
        NodeResult accepted = node(2, 1);
        assertThat(store.once(NodeResult.class, "k", 1, () -> unmatched)).isSameAs(unmatched);
        assertThat(store.once(NodeResult.class, "k", 1, () -> refused)).isSameAs(refused);
        assertThat(store.once(NodeResult.class, "k", 1, () -> accepted)).isSameAs(accepted);
        assertThat(store.once(NodeResult.class, "k", 1, () -> unmatched)).isSameAs(accepted);
    }

    /** Part of the message may have been sent. */
    @Test
    void repetitionsOfARequestThatThrewFailToo() {
        IllegalStateException fault = new IllegalStateException("fault");
        assertThatThrownBy(
                        () ->
                                store.once(
                                        SendResult.class,
                                        "k",
                                        1,
                                        () -> {
                                            throw fault;
                                        }))
                .isSameAs(fault);
        assertThatThrownBy(() -> once("k", 1, report(1, 0, false))).hasCause(fault);
        assertThat(attempts).hasValue(0);
    }

    /** The store holds 32 MB, so that a client that never repeats a key cannot fill the memory. */
    @Test
    void theOldestResultsAreDisplaced() throws Exception {
        DeliveryReport.Result reply =
                new DeliveryReport.Result(
                        "p", new Outcome.Replied(1, new byte[1 << 20], false, null));
        SendResult large =
                new SendResult.Reported(
                        SendResult.Progress.COMPLETE,
                        new DeliveryReport(
                                "d1",
                                1,
                                0,
                                0,
                                0,
                                1,
                                0,
                                List.of(reply),
                                List.of(),
                                false,
                                List.of()),
                        Send.Results.ALL);
        for (int key = 0; key < 100; key++) {
            once("k" + key, 1, large);
        }
        assertThat(attempts).hasValue(100);
        SendResult other = new SendResult.Rejected(SendResult.Reason.NO_PEER, "");
        for (int key = 99; key >= 70; key--) {
            assertThat(once("k" + key, 1, other)).as("k" + key).isSameAs(large);
        }
        for (int key = 0; key < 68; key++) {
            assertThat(once("k" + key, 1, other)).as("k" + key).isSameAs(other);
        }
    }

    /** Otherwise a client could take from others the protection against a second message. */
    @Test
    void aClientWithManyResultsDisplacesItsOwn() throws Exception {
        IdempotencyStore small = new IdempotencyStore(100_000);
        AtomicInteger sent = new AtomicInteger();
        for (int round = 0; round < 20; round++) {
            for (int key = 0; key < 50; key++) {
                once(small, IdempotencyKey.of("busy", round + "-" + key), sent);
            }
            once(small, IdempotencyKey.of("calm", "k" + round), sent);
        }
        int first = sent.get();
        assertThat(first).isEqualTo(20 * 51);
        for (int round = 0; round < 20; round++) {
            once(small, IdempotencyKey.of("calm", "k" + round), sent);
        }
        once(small, IdempotencyKey.of("busy", "19-49"), sent);
        assertThat(sent).as("repetitions").hasValue(first);
        once(small, IdempotencyKey.of("busy", "0-0"), sent);
        assertThat(sent).hasValue(first + 1);
    }

    private static void once(IdempotencyStore store, String key, AtomicInteger sent)
            throws InterruptedException {
        store.once(
                SendResult.class,
                key,
                1,
                () -> {
                    sent.incrementAndGet();
                    return report(1, 0, false);
                });
    }

    private SendResult once(String key, int request, SendResult result)
            throws InterruptedException {
        return store.once(
                SendResult.class,
                key,
                request,
                () -> {
                    attempts.incrementAndGet();
                    return result;
                });
    }

    private static NodeResult nothing() {
        return node(0, 0);
    }

    private static SendResult failed(boolean accepted, FailureReason reason) {
        return new SendResult.PeerFailed("p", new Outcome.Failed(accepted, reason));
    }

    private static SendResult report(int matched, int failed, boolean partial) {
        DeliveryReport report =
                new DeliveryReport(
                        "d1",
                        matched,
                        0,
                        matched - failed,
                        0,
                        0,
                        failed,
                        List.of(),
                        List.of(),
                        partial,
                        List.of());
        return new SendResult.Reported(SendResult.Progress.COMPLETE, report, Send.Results.AUTO);
    }

    /** Returns a report on {@code matched} targets, of which {@code refused} had a full outbox. */
    private static NodeResult node(int matched, int refused) {
        DeliveryReport.Result full =
                new DeliveryReport.Result(
                        "p", new Outcome.Failed(false, FailureReason.OUTBOX_FULL));
        return new DeliveryReport(
                "d1",
                matched,
                0,
                matched - refused,
                0,
                0,
                refused,
                Collections.nCopies(refused, full),
                List.of(),
                false,
                List.of());
    }
}
