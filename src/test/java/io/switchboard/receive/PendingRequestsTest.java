package io.switchboard.receive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.peer.ThreadTask;
import io.switchboard.receive.RequestReply.Reply;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

class PendingRequestsTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(150);

    /** The late reply is expected for as long, while the test goes on. */
    private static final Duration EXPECTED = Duration.ofSeconds(2);

    /** Long enough for a few steps; if they take longer, the request ends in the same way. */
    private static final Duration WATCHED = Duration.ofSeconds(3);

    private static final String FIFO = PendingRequests.IN_ORDER;

    private final PendingRequests pending = new PendingRequests(null, Runnable::run);
    private final List<String> sent = new CopyOnWriteArrayList<>();

    private ThreadTask<Reply> request(String key, String text, Duration timeout) {
        return ThreadTask.call(() -> request(pending, key, () -> sent.add(text), timeout));
    }

    private static Reply request(
            PendingRequests to, String key, BooleanSupplier send, Duration timeout)
            throws InterruptedException {
        return request(to, key, () -> true, send, timeout);
    }

    private static Reply request(
            PendingRequests to,
            String key,
            BooleanSupplier inReach,
            BooleanSupplier send,
            Duration timeout)
            throws InterruptedException {
        List<Reply> results = new ArrayList<>();
        Caller caller = new Caller(timeout);
        caller.add(to, key, inReach, send, results::add);
        caller.await();
        assertThat(results).hasSize(1);
        return results.getFirst();
    }

    private ThreadTask<Reply> sendRequest(String key, String text, Duration timeout) {
        ThreadTask<Reply> task = request(key, text, timeout);
        await().until(() -> sent.contains(text));
        return task;
    }

    private boolean reply(String key, String text) {
        return pending.acceptReply(key, new Reply.Received(text.getBytes(UTF_8), false));
    }

    private static String text(ThreadTask<Reply> task) throws Exception {
        return task.result() instanceof Reply.Received(byte[] payload, boolean _)
                ? new String(payload, UTF_8)
                : task.result().toString();
    }

    @Test
    void theNextFrameIsTheReply() throws Exception {
        assertThat(reply(FIFO, "hello")).isFalse();
        ThreadTask<Reply> task = sendRequest(FIFO, "temp?", LONG);
        assertThat(reply(FIFO, "21")).isTrue();
        assertThat(reply(FIFO, "bye")).isFalse();
        assertThat(text(task)).isEqualTo("21");
        assertThat(pending.isEmpty()).isTrue();
    }

    @Test
    void sendsOneRequestAtATimeInOrder() throws Exception {
        List<ThreadTask<Reply>> tasks = new ArrayList<>();
        tasks.add(sendRequest(FIFO, "q0", LONG));
        for (int each = 1; each < 5; each++) {
            ThreadTask<Reply> task = request(FIFO, "q" + each, LONG);
            tasks.add(task);
            await().until(() -> task.thread().getState() == Thread.State.TIMED_WAITING);
        }
        for (int each = 0; each < 5; each++) {
            String text = "q" + each;
            await().until(() -> sent.contains(text));
            assertThat(sent).hasSize(each + 1);
            assertThat(reply(FIFO, "a" + each)).isTrue();
            assertThat(text(tasks.get(each))).isEqualTo("a" + each);
        }
    }

    /** Race: a frame between one reply and the next request belongs to neither. */
    @Test
    void aFrameBeforeTheRequestIsSentIsNotItsReply() throws Exception {
        ThreadTask<Reply> first = sendRequest(FIFO, "q0", LONG);
        request(FIFO, "q1", SHORT);
        assertThat(reply(FIFO, "a0")).isTrue();
        assertThat(reply(FIFO, "unsolicited") && sent.size() == 1).isFalse();
        assertThat(text(first)).isEqualTo("a0");
    }

    /** Race: frames that were read together with a reply are not replies to the next request. */
    @Test
    void theEventLoopSendsTheNextRequestAfterTheFramesThatItHasRead() throws Exception {
        Queue<Runnable> tasks = new ArrayDeque<>();
        PendingRequests requests = new PendingRequests(null, tasks::add);
        ThreadTask<Reply> first = ask(requests, "q0");
        await().until(() -> sent.contains("q0"));
        ThreadTask<Reply> second = ask(requests, "q1");
        await().until(() -> second.thread().getState() == Thread.State.TIMED_WAITING);

        assertThat(requests.acceptReply(FIFO, received("a0"))).isTrue();
        assertThat(requests.acceptReply(FIFO, received("unsolicited"))).isFalse();
        assertThat(text(first)).isEqualTo("a0");
        assertThat(sent).containsExactly("q0");
        tasks.remove().run();
        assertThat(sent).containsExactly("q0", "q1");
        assertThat(requests.acceptReply(FIFO, received("a1"))).isTrue();
        assertThat(text(second)).isEqualTo("a1");
        assertThat(tasks).isEmpty();
    }

    private ThreadTask<Reply> ask(PendingRequests requests, String text) {
        return ThreadTask.call(() -> request(requests, FIFO, () -> sent.add(text), LONG));
    }

    private static Reply.Received received(String text) {
        return new Reply.Received(text.getBytes(UTF_8), false);
    }

    /** Answers that HTTP does not take in time would otherwise keep all processors busy. */
    @Test
    void callersSendTheNextRequestsWhileManyRepliesAreNotTaken() throws Exception {
        Queue<Runnable> tasks = new ArrayDeque<>();
        PendingRequests requests = new PendingRequests(null, tasks::add);
        ThreadTask<Reply> first = ask(requests, "q0");
        await().until(() -> sent.contains("q0"));
        CountDownLatch taking = new CountDownLatch(1);
        List<ThreadTask<Reply>> callers = new ArrayList<>();
        int last = PendingRequests.MAX_UNTAKEN + 2;
        for (int each = 1; each <= last; each++) {
            callers.add(askAndTakeLater(requests, "q" + each, taking));
        }
        assertThat(requests.acceptReply(FIFO, received("a0"))).isTrue();
        assertThat(text(first)).isEqualTo("a0");
        for (int each = 1; each < last; each++) {
            tasks.remove().run();
            assertThat(sent).hasSize(each + 1);
            assertThat(requests.acceptReply(FIFO, received("a" + each))).isTrue();
        }
        assertThat(tasks).isEmpty();
        taking.countDown();
        await().until(() -> sent.contains("q" + last));
        assertThat(requests.acceptReply(FIFO, received("last"))).isTrue();
        assertThat(text(callers.getLast())).isEqualTo("last");
    }

    /** Appends a request whose caller does nothing until the latch is open. */
    private ThreadTask<Reply> askAndTakeLater(
            PendingRequests requests, String text, CountDownLatch taking) {
        ThreadTask<Reply> task =
                ThreadTask.call(
                        () -> {
                            List<Reply> results = new ArrayList<>();
                            Caller caller = new Caller(LONG);
                            caller.add(
                                    requests, FIFO, () -> true, () -> sent.add(text), results::add);
                            opened(taking);
                            caller.await();
                            return results.getFirst();
                        });
        await().until(() -> task.thread().getState() == Thread.State.TIMED_WAITING);
        return task;
    }

    /** Race: a caller leaves while another thread sends its request. */
    @Test
    void aCallerThatLeavesWaitsUntilItsRequestIsSent() throws Exception {
        CountDownLatch sending = new CountDownLatch(1);
        CountDownLatch maySend = new CountDownLatch(1);
        sendRequest(FIFO, "q0", LONG);
        ThreadTask<Reply> second =
                ThreadTask.call(
                        () ->
                                request(
                                        pending,
                                        FIFO,
                                        () -> {
                                            sending.countDown();
                                            return opened(maySend) && sent.add("q1");
                                        },
                                        LONG));
        await().until(() -> second.thread().getState() == Thread.State.TIMED_WAITING);
        ThreadTask<Boolean> loop = ThreadTask.call(() -> reply(FIFO, "a0"));
        assertThat(opened(sending)).isTrue();
        second.thread().interrupt();
        await().until(() -> second.thread().getState() == Thread.State.WAITING);
        maySend.countDown();
        assertThat(loop.result()).isTrue();
        await().until(second::done);
        assertThat(sent).containsExactly("q0", "q1");
    }

    @Test
    void anEventLoopThatCannotSendARequestEndsItAndSendsTheOneAfter() throws Exception {
        sendRequest(FIFO, "q0", LONG);
        ThreadTask<Reply> refused =
                ThreadTask.call(() -> request(pending, FIFO, () -> false, LONG));
        await().until(() -> refused.thread().getState() == Thread.State.TIMED_WAITING);
        ThreadTask<Reply> next = request(FIFO, "q2", LONG);
        await().until(() -> next.thread().getState() == Thread.State.TIMED_WAITING);
        assertThat(reply(FIFO, "a0")).isTrue();
        assertThat(refused.result()).isEqualTo(new Reply.NoReply());
        await().until(() -> sent.contains("q2"));
        assertThat(reply(FIFO, "a2")).isTrue();
        assertThat(text(next)).isEqualTo("a2");
    }

    /** A request whose peer is in reach or not. Its result has the time that it took. */
    private ThreadTask<TimedReply> watched(String text, AtomicBoolean inReach, boolean sends) {
        return ThreadTask.call(
                () -> {
                    long began = System.nanoTime();
                    Reply reply =
                            request(
                                    pending,
                                    FIFO,
                                    inReach::get,
                                    () -> sent.add(text) && sends,
                                    WATCHED);
                    return new TimedReply(reply, System.nanoTime() - began);
                });
    }

    private record TimedReply(Reply reply, long nanos) {
        static void check(ThreadTask<TimedReply> task, Reply expected) throws Exception {
            assertThat(task.result().reply()).isEqualTo(expected);
            assertThat(task.result().nanos()).isGreaterThanOrEqualTo(WATCHED.toNanos());
        }
    }

    /** The caller would learn when the peer sends something. */
    @Test
    void aFrameOfAPeerOutOfReachIsNoReplyAndEndsNoRequest() throws Exception {
        AtomicBoolean inReach = new AtomicBoolean(true);
        ThreadTask<TimedReply> leaving = watched("q0", inReach, true);
        await().until(() -> sent.contains("q0"));
        ThreadTask<Reply> next = request(FIFO, "q1", LONG);
        await().until(() -> next.thread().getState() == Thread.State.TIMED_WAITING);
        inReach.set(false);
        assertThat(reply(FIFO, "a0")).isFalse();
        await().until(() -> sent.contains("q1"));
        assertThat(reply(FIFO, "a1")).isTrue();
        assertThat(text(next)).isEqualTo("a1");
        TimedReply.check(leaving, new Reply.NoReply());
        assertThat(pending.isEmpty()).isTrue();
    }

    /** It is no matter of the request whether the peer comes back. */
    @Test
    void aPeerThatComesBackDoesNotAnswerARequestThatWasDropped() throws Exception {
        AtomicBoolean inReach = new AtomicBoolean(true);
        ThreadTask<TimedReply> leaving = watched("q0", inReach, true);
        await().until(() -> sent.contains("q0"));
        inReach.set(false);
        assertThat(reply(FIFO, "a0")).isFalse();
        inReach.set(true);
        assertThat(reply(FIFO, "b0")).isFalse();
        TimedReply.check(leaving, new Reply.NoReply());
    }

    @Test
    void theEndOfAPeerOutOfReachEndsNoRequest() throws Exception {
        AtomicBoolean inReach = new AtomicBoolean(true);
        ThreadTask<TimedReply> active = watched("q0", inReach, true);
        await().until(() -> sent.contains("q0"));
        ThreadTask<TimedReply> waiting = watched("q1", inReach, true);
        await().until(() -> waiting.thread().getState() == Thread.State.TIMED_WAITING);
        inReach.set(false);
        pending.close();
        TimedReply.check(active, new Reply.NoReply());
        TimedReply.check(waiting, new Reply.NotSent());
        assertThat(sent).containsExactly("q0");
    }

    @Test
    void theEndOfAPeerOutOfReachEndsNoRequestThatWaitsForALateReply() throws Exception {
        assertThat(sendRequest(FIFO, "q0", EXPECTED).result()).isEqualTo(new Reply.NoReply());
        AtomicBoolean inReach = new AtomicBoolean(true);
        ThreadTask<TimedReply> waiting = watched("q1", inReach, true);
        await().until(() -> waiting.thread().getState() == Thread.State.TIMED_WAITING);
        inReach.set(false);
        pending.close();
        TimedReply.check(waiting, new Reply.NotSent());
        assertThat(sent).containsExactly("q0");
    }

    /** The sender refuses to send to a peer out of reach, and its turn passes to the next. */
    @Test
    void aRequestThatIsNotSentToAPeerOutOfReachEndsByItsTimeout() throws Exception {
        ThreadTask<TimedReply> refused = watched("q0", new AtomicBoolean(false), false);
        await().until(() -> sent.contains("q0"));
        ThreadTask<Reply> next = sendRequest(FIFO, "q1", LONG);
        assertThat(reply(FIFO, "a1")).isTrue();
        assertThat(text(next)).isEqualTo("a1");
        TimedReply.check(refused, new Reply.NoReply());
    }

    @Test
    void reportsNoReplyAfterTheTimeout() throws Exception {
        assertThat(sendRequest(FIFO, "q", SHORT).result()).isEqualTo(new Reply.NoReply());
    }

    @Test
    void aLateReplyIsNotMatchedWithTheNextRequest() throws Exception {
        // as long as this, the next request waits for the late reply
        assertThat(sendRequest(FIFO, "q0", Duration.ofSeconds(4)).result())
                .isEqualTo(new Reply.NoReply());
        ThreadTask<Reply> second = request(FIFO, "q1", LONG);
        assertThat(reply(FIFO, "a0, late")).isFalse();
        await().until(() -> sent.contains("q1"));
        assertThat(reply(FIFO, "a1")).isTrue();
        assertThat(text(second)).isEqualTo("a1");
    }

    @Test
    void aMissingReplyDelaysTheNextRequestOnlyForAWhile() throws Exception {
        assertThat(sendRequest(FIFO, "q0", SHORT).result()).isEqualTo(new Reply.NoReply());
        ThreadTask<Reply> second = sendRequest(FIFO, "q1", LONG);
        assertThat(reply(FIFO, "a1")).isTrue();
        assertThat(text(second)).isEqualTo("a1");
    }

    @Test
    void aRequestThatTimesOutInTheQueueIsNotSent() throws Exception {
        ThreadTask<Reply> first = sendRequest(FIFO, "q0", LONG);
        assertThat(request(FIFO, "q1", SHORT).result()).isEqualTo(new Reply.NotSent());
        assertThat(sent).containsExactly("q0");
        assertThat(reply(FIFO, "a0")).isTrue();
        assertThat(text(first)).isEqualTo("a0");
    }

    @Test
    void aTimeoutInTheQueueKeepsTheOrderOfTheOthers() throws Exception {
        ThreadTask<Reply> first = sendRequest(FIFO, "q0", LONG);
        ThreadTask<Reply> impatient = request(FIFO, "q1", SHORT);
        await().until(
                        () ->
                                impatient.done()
                                        || impatient.thread().getState()
                                                == Thread.State.TIMED_WAITING);
        ThreadTask<Reply> third = request(FIFO, "q2", LONG);
        assertThat(impatient.result()).isEqualTo(new Reply.NotSent());
        reply(FIFO, "a0");
        assertThat(text(first)).isEqualTo("a0");
        await().until(() -> sent.contains("q2"));
        reply(FIFO, "a2");
        assertThat(text(third)).isEqualTo("a2");
    }

    @Test
    void requestsWithDifferentKeysAreActiveAtTheSameTime() throws Exception {
        ThreadTask<Reply> one = sendRequest("1", "q1", LONG);
        ThreadTask<Reply> two = sendRequest("2", "q2", LONG);
        assertThat(reply("3", "a3")).isFalse();
        assertThat(reply("2", "a2")).isTrue();
        assertThat(reply("1", "a1")).isTrue();
        assertThat(text(one)).isEqualTo("a1");
        assertThat(text(two)).isEqualTo("a2");
    }

    @Test
    void aLateReplyIsNotMatchedWithTheNextRequestOfItsKey() throws Exception {
        assertThat(sendRequest("1", "q0", EXPECTED).result()).isEqualTo(new Reply.NoReply());
        ThreadTask<Reply> second = request("1", "q1", LONG);
        ThreadTask<Reply> other = sendRequest("2", "q2", LONG);
        assertThat(reply("2", "a2")).isTrue();
        assertThat(text(other)).isEqualTo("a2");
        assertThat(reply("1", "a0, late")).isFalse();
        await().until(() -> sent.contains("q1"));
        assertThat(reply("1", "a1")).isTrue();
        assertThat(text(second)).isEqualTo("a1");
        assertThat(pending.isEmpty()).isTrue();
    }

    @Test
    void aMissingReplyDelaysTheNextRequestOfItsKeyOnlyForAWhile() throws Exception {
        assertThat(sendRequest("1", "q0", SHORT).result()).isEqualTo(new Reply.NoReply());
        ThreadTask<Reply> second = sendRequest("1", "q1", LONG);
        assertThat(reply("1", "a1")).isTrue();
        assertThat(text(second)).isEqualTo("a1");
    }

    @Test
    void theNextFrameRemovesTheKeysWhoseLateRepliesDidNotArrive() throws Exception {
        List<ThreadTask<Reply>> tasks = new ArrayList<>();
        for (int each = 0; each < 20; each++) {
            tasks.add(request("" + each, "q" + each, SHORT));
        }
        for (ThreadTask<Reply> task : tasks) {
            assertThat(task.result()).isEqualTo(new Reply.NoReply());
        }
        assertThat(pending.isEmpty()).isFalse();
        await().until(() -> !reply("other", "") && pending.isEmpty());
        assertThat(reply("1", "too late")).isFalse();
    }

    /** The expectation that has ended early does not end a later one of the same key. */
    @Test
    void aSecondLateReplyIsExpectedAsLongAsTheFirst() throws Exception {
        assertThat(sendRequest("1", "q0", EXPECTED).result()).isEqualTo(new Reply.NoReply());
        assertThat(reply("1", "a0, late")).isFalse();
        assertThat(sendRequest("1", "q1", EXPECTED).result()).isEqualTo(new Reply.NoReply());
        ThreadTask<Reply> third = request("1", "q2", LONG);
        assertThat(reply("1", "a1, late")).isFalse();
        await().until(() -> sent.contains("q2"));
        assertThat(reply("1", "a2")).isTrue();
        assertThat(text(third)).isEqualTo("a2");
    }

    @Test
    void aRequestThatWasNotSentEndsAtOnce() throws Exception {
        assertThat(request(pending, FIFO, () -> false, LONG)).isEqualTo(new Reply.NoReply());
        assertThat(pending.isEmpty()).isTrue();
    }

    @Test
    void closingThePeerEndsAllRequests() throws Exception {
        ThreadTask<Reply> active = sendRequest(FIFO, "q0", LONG);
        ThreadTask<Reply> waiting = request(FIFO, "q1", LONG);
        await().until(() -> waiting.thread().getState() == Thread.State.TIMED_WAITING);
        pending.close();
        assertThat(active.result()).isEqualTo(new Reply.NoReply());
        assertThat(waiting.result()).isEqualTo(new Reply.NotSent());
        assertThat(request(pending, FIFO, () -> true, LONG)).isEqualTo(new Reply.NotSent());
    }

    @Test
    void anInterruptedRequestLeavesOnlyItsLateReplyExpected() throws Exception {
        ThreadTask<Reply> task = sendRequest(FIFO, "q0", LONG);
        task.thread().interrupt();
        await().until(task::done);
        ThreadTask<Reply> next = request(FIFO, "q1", LONG);
        await().until(() -> sent.contains("q1"));
        assertThat(reply(FIFO, "a1")).isTrue();
        assertThat(text(next)).isEqualTo("a1");
    }

    /** Each answer wakes its caller, and nobody else. */
    @Test
    void anAnswerWakesNoCallerFurtherBack() throws Exception {
        int answers = 10;
        sendRequest(FIFO, "q0", LONG);
        List<ThreadTask<Reply>> waiting = new ArrayList<>();
        for (int each = 1; each <= answers + 1; each++) {
            ThreadTask<Reply> task = request(FIFO, "q" + each, LONG);
            await().until(() -> task.thread().getState() == Thread.State.TIMED_WAITING);
            waiting.add(task);
        }
        long last = waiting.getLast().thread().threadId();
        long before = waits(last);
        for (int each = 0; each < answers; each++) {
            assertThat(reply(FIFO, "a" + each)).isTrue();
            String next = "q" + (each + 1);
            await().until(() -> sent.contains(next));
        }
        assertThat(waits(last)).isEqualTo(before);
        assertThat(waiting.getLast().done()).isFalse();
        pending.close();
    }

    /** Returns how often a thread has begun to wait. */
    private static long waits(long thread) {
        return ManagementFactory.getThreadMXBean().getThreadInfo(thread).getWaitedCount();
    }

    /** The queue is in the order of arrival, so half of all callers wait on average. */
    @Test
    void anAnswerTakesNoLongerIfManyWait() throws Exception {
        timePerAnswer(2_000); // warms up
        List<Double> ratios = new ArrayList<>();
        for (int each = 0; each < 5; each++) {
            double few = 0;
            for (int round = 0; round < 50; round++) {
                few += timePerAnswer(10) / 50;
            }
            ratios.add(timePerAnswer(2_000) / few);
        }
        assertThat(Collections.min(ratios)).as("of %s", ratios).isLessThan(8);
    }

    private static double timePerAnswer(int callers) throws Exception {
        PendingRequests requests = new PendingRequests(null, Runnable::run);
        BlockingQueue<Integer> asked = new LinkedBlockingQueue<>();
        Semaphore answered = new Semaphore(0);
        for (int each = 0; each < callers; each++) {
            int number = each;
            Thread.startVirtualThread(
                    () -> {
                        if (ask(requests, () -> asked.add(number))
                                instanceof Reply.Received(byte[] reply, boolean _)) {
                            answered.release(reply[0] == (byte) number ? 1 : 0);
                        }
                    });
        }
        long start = System.nanoTime();
        for (int each = 0; each < callers; each++) {
            Integer number = asked.poll(20, TimeUnit.SECONDS);
            assertThat(number).isNotNull();
            requests.acceptReply(FIFO, new Reply.Received(new byte[] {number.byteValue()}, false));
        }
        assertThat(answered.tryAcquire(callers, 20, TimeUnit.SECONDS)).isTrue();
        return (double) (System.nanoTime() - start) / callers;
    }

    private static boolean opened(CountDownLatch latch) {
        try {
            return latch.await(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Reply ask(PendingRequests requests, BooleanSupplier send) {
        try {
            return request(requests, FIFO, send, LONG);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Race: a frame counts as the reply only if the caller gets it. */
    @Test
    void aReplyAtTheTimeoutIsReceivedOrNotAccepted() throws Exception {
        for (int each = 0; each < 300; each++) {
            PendingRequests requests = new PendingRequests(null, Runnable::run);
            CountDownLatch active = new CountDownLatch(1);
            Duration timeout = Duration.ofNanos(20_000 + 1_000L * each);
            ThreadTask<Reply> task =
                    ThreadTask.call(
                            () ->
                                    request(
                                            requests,
                                            FIFO,
                                            () -> {
                                                active.countDown();
                                                return true;
                                            },
                                            timeout));
            assertThat(active.await(10, TimeUnit.SECONDS)).isTrue();
            LockSupport.parkNanos(timeout.toNanos());
            boolean accepted = requests.acceptReply(FIFO, new Reply.Received(new byte[1], false));
            assertThat(task.result() instanceof Reply.Received).isEqualTo(accepted);
        }
    }

    /** Race: a caller whose send fails was woken, and its turn passes to the next. */
    @Test
    void aRequestThatWasNotSentWakesTheNext() throws Exception {
        CountDownLatch refused = new CountDownLatch(1);
        ThreadTask<Reply> first =
                ThreadTask.call(
                        () ->
                                request(
                                        pending,
                                        FIFO,
                                        () -> {
                                            return !opened(refused);
                                        },
                                        LONG));
        await().until(() -> first.thread().getState() == Thread.State.TIMED_WAITING);
        ThreadTask<Reply> next = request(FIFO, "q1", LONG);
        await().until(() -> next.thread().getState() == Thread.State.TIMED_WAITING);
        refused.countDown();
        assertThat(first.result()).isEqualTo(new Reply.NoReply());
        await().until(() -> sent.contains("q1"));
        assertThat(reply(FIFO, "a1")).isTrue();
        assertThat(text(next)).isEqualTo("a1");
    }

    /** Race: the first in line leaves while it waits for a late reply; the next waits instead. */
    @Test
    void anInterruptedFirstInLineWakesTheNext() throws Exception {
        assertThat(sendRequest(FIFO, "q0", Duration.ofSeconds(4)).result())
                .isEqualTo(new Reply.NoReply());
        ThreadTask<Reply> first = request(FIFO, "q1", LONG);
        await().until(() -> first.thread().getState() == Thread.State.TIMED_WAITING);
        ThreadTask<Reply> next = request(FIFO, "q2", LONG);
        await().until(() -> next.thread().getState() == Thread.State.TIMED_WAITING);
        first.thread().interrupt();
        await().until(first::done);
        await().until(() -> sent.contains("q2"));
        assertThat(sent).containsExactly("q0", "q2");
        assertThat(reply(FIFO, "a2")).isTrue();
        assertThat(text(next)).isEqualTo("a2");
    }

    @Test
    void closingThePeerEndsTheRequestsOfAllKeys() throws Exception {
        List<ThreadTask<Reply>> tasks = new ArrayList<>();
        for (int each = 0; each < 3; each++) {
            tasks.add(sendRequest("key" + each, "q" + each, LONG));
        }
        pending.close();
        for (ThreadTask<Reply> task : tasks) {
            assertThat(task.result()).isEqualTo(new Reply.NoReply());
        }
        assertThat(pending.isEmpty()).isTrue();
    }
}
