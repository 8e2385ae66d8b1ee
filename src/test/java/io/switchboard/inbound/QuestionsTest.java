package io.switchboard.inbound;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.inbound.Replies.Reply;
import io.switchboard.peer.Elsewhere;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class QuestionsTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(150);
    private static final String FIFO = Questions.IN_ORDER;

    private final Questions questions = new Questions();
    private final List<String> sent = new CopyOnWriteArrayList<>();

    private Elsewhere<Reply> ask(String key, String question, Duration timeout) {
        return Elsewhere.call(() -> questions.ask(key, () -> sent.add(question), timeout));
    }

    private Elsewhere<Reply> asked(String key, String question, Duration timeout) {
        Elsewhere<Reply> asker = ask(key, question, timeout);
        await().until(() -> sent.contains(question));
        return asker;
    }

    private boolean says(String key, String text) {
        return questions.answered(key, text.getBytes(UTF_8));
    }

    private static String text(Elsewhere<Reply> asker) throws Exception {
        return asker.result() instanceof Reply.Got(byte[] payload)
                ? new String(payload, UTF_8)
                : asker.result().toString();
    }

    @Test
    void theNextFrameIsTheAnswer() throws Exception {
        assertThat(says(FIFO, "hello")).isFalse();
        Elsewhere<Reply> asker = asked(FIFO, "temp?", LONG);
        assertThat(says(FIFO, "21")).isTrue();
        assertThat(says(FIFO, "bye")).isFalse();
        assertThat(text(asker)).isEqualTo("21");
        assertThat(questions.areAsked()).isFalse();
    }

    @Test
    void oneIsAskedAtATimeAndInOrder() throws Exception {
        List<Elsewhere<Reply>> askers = new ArrayList<>();
        askers.add(asked(FIFO, "q0", LONG));
        for (int each = 1; each < 5; each++) {
            Elsewhere<Reply> asker = ask(FIFO, "q" + each, LONG);
            askers.add(asker);
            await().until(() -> asker.thread().getState() == Thread.State.TIMED_WAITING);
        }
        for (int each = 0; each < 5; each++) {
            String question = "q" + each;
            await().until(() -> sent.contains(question));
            assertThat(sent).hasSize(each + 1);
            assertThat(says(FIFO, "a" + each)).isTrue();
            assertThat(text(askers.get(each))).isEqualTo("a" + each);
        }
    }

    /** Race: a frame between one answer and the next question belongs to neither. */
    @Test
    void aFrameBeforeTheQuestionIsSentIsNoAnswer() throws Exception {
        Elsewhere<Reply> first = asked(FIFO, "q0", LONG);
        ask(FIFO, "q1", SHORT);
        assertThat(says(FIFO, "a0")).isTrue();
        assertThat(says(FIFO, "unsolicited") && sent.size() == 1).isFalse();
        assertThat(text(first)).isEqualTo("a0");
    }

    @Test
    void whoIsNotAnsweredInTimeIsTold() throws Exception {
        assertThat(asked(FIFO, "q", SHORT).result()).isEqualTo(new Reply.None());
    }

    @Test
    void aLateAnswerIsNotHandedToTheNextQuestion() throws Exception {
        assertThat(asked(FIFO, "q0", SHORT).result()).isEqualTo(new Reply.None());
        Elsewhere<Reply> second = ask(FIFO, "q1", LONG);
        assertThat(says(FIFO, "a0, late")).isFalse();
        await().until(() -> sent.contains("q1"));
        assertThat(says(FIFO, "a1")).isTrue();
        assertThat(text(second)).isEqualTo("a1");
    }

    @Test
    void anAnswerThatNeverComesHoldsTheNextQuestionOnlyForAWhile() throws Exception {
        assertThat(asked(FIFO, "q0", SHORT).result()).isEqualTo(new Reply.None());
        Elsewhere<Reply> second = asked(FIFO, "q1", LONG);
        assertThat(says(FIFO, "a1")).isTrue();
        assertThat(text(second)).isEqualTo("a1");
    }

    @Test
    void whoseTurnDoesNotComeInTimeHasNotAsked() throws Exception {
        Elsewhere<Reply> first = asked(FIFO, "q0", LONG);
        assertThat(ask(FIFO, "q1", SHORT).result()).isEqualTo(new Reply.NotAsked());
        assertThat(sent).containsExactly("q0");
        assertThat(says(FIFO, "a0")).isTrue();
        assertThat(text(first)).isEqualTo("a0");
    }

    @Test
    void whoGivesUpLeavesTheLineInOrder() throws Exception {
        Elsewhere<Reply> first = asked(FIFO, "q0", LONG);
        Elsewhere<Reply> impatient = ask(FIFO, "q1", SHORT);
        await().until(() -> impatient.thread().getState() == Thread.State.TIMED_WAITING);
        Elsewhere<Reply> third = ask(FIFO, "q2", LONG);
        assertThat(impatient.result()).isEqualTo(new Reply.NotAsked());
        says(FIFO, "a0");
        assertThat(text(first)).isEqualTo("a0");
        await().until(() -> sent.contains("q2"));
        says(FIFO, "a2");
        assertThat(text(third)).isEqualTo("a2");
    }

    @Test
    void differentKeysAreUnderWayAtTheSameTime() throws Exception {
        Elsewhere<Reply> one = asked("1", "q1", LONG);
        Elsewhere<Reply> two = asked("2", "q2", LONG);
        assertThat(says("3", "a3")).isFalse();
        assertThat(says("2", "a2")).isTrue();
        assertThat(says("1", "a1")).isTrue();
        assertThat(text(one)).isEqualTo("a1");
        assertThat(text(two)).isEqualTo("a2");
    }

    @Test
    void nothingIsLeftBehindUnderAKeyThatWasNotAnswered() throws Exception {
        assertThat(asked("1", "q", SHORT).result()).isEqualTo(new Reply.None());
        assertThat(questions.areAsked()).isFalse();
        assertThat(says("1", "late")).isFalse();
    }

    @Test
    void aQuestionThatCouldNotBeSentIsOver() throws Exception {
        assertThat(questions.ask(FIFO, () -> false, LONG)).isEqualTo(new Reply.None());
        assertThat(questions.areAsked()).isFalse();
    }

    @Test
    void aPeerThatClosesAnswersNobody() throws Exception {
        Elsewhere<Reply> asked = asked(FIFO, "q0", LONG);
        Elsewhere<Reply> waiting = ask(FIFO, "q1", LONG);
        await().until(() -> waiting.thread().getState() == Thread.State.TIMED_WAITING);
        questions.close();
        assertThat(asked.result()).isEqualTo(new Reply.None());
        assertThat(waiting.result()).isEqualTo(new Reply.NotAsked());
        assertThat(questions.ask(FIFO, () -> true, LONG)).isEqualTo(new Reply.NotAsked());
    }

    @Test
    void whoIsInterruptedLeavesNothingButItsLateAnswer() throws Exception {
        Elsewhere<Reply> asker = asked(FIFO, "q0", LONG);
        asker.thread().interrupt();
        await().until(asker::done);
        Elsewhere<Reply> next = ask(FIFO, "q1", LONG);
        await().until(() -> sent.contains("q1"));
        assertThat(says(FIFO, "a1")).isTrue();
        assertThat(text(next)).isEqualTo("a1");
    }
}
