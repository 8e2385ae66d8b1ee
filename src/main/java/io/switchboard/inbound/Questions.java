package io.switchboard.inbound;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What one peer is being asked, and which of its frames are the answers.
 *
 * <pre>
 *                 its turn                  its answer came
 *   WAITS ─────────────────────▶ ASKED ──────────────────────▶ over
 *     │                            │
 *     │ no time left               │ no time left
 *     ▼                            ▼            a frame came, or the time is over
 *   over                         HELD ─────────────────────────────────────────▶ over
 * </pre>
 *
 * <p>Questions of one key take turns; those of different keys are under way at the same time. In
 * order (fifo) all have the key {@link #IN_ORDER}, and frames do not say what they answer: a
 * question that was given up holds its turn for as long again as it waited, at most {@link
 * #LONGEST_HOLD}, and a frame that comes then is its late answer and belongs to no later question.
 * With other keys nothing is held.
 *
 * <p>This object's monitor guards everything; the map is a concurrent one only so that a loop can
 * see without it that there is nothing. Askers wait on it, each on a thread of its own, which
 * should be virtual; the event loop only looks and wakes them.
 */
final class Questions {
    /** The key of every question and every frame where order alone tells. */
    static final String IN_ORDER = "";

    private static final long LONGEST_HOLD = TimeUnit.SECONDS.toNanos(5);

    /** One asker's. */
    private static final class Question {
        private boolean asked;
        private byte @Nullable [] answer;
    }

    /** The turns of one key: the first of the line is asked, unless an earlier one is held. */
    private static final class Turns {
        private final Deque<Question> line = new ArrayDeque<>(1);
        private boolean held;
        private long heldUntil;
    }

    private final Map<String, Turns> byKey = new ConcurrentHashMap<>(2);
    private boolean closed;

    /**
     * Asks, and waits for the answer.
     *
     * @param key tells which frames may answer
     * @param send sends the question; false where it was refused, and is not answered then
     * @param timeout for all of it, the wait for its turn included
     * @throws InterruptedException while waiting; the question is given up as if its time were over
     */
    Replies.Reply ask(String key, BooleanSupplier send, Duration timeout)
            throws InterruptedException {
        long start = System.nanoTime();
        long end = start + timeout.toNanos();
        Question question = new Question();
        if (!awaitTurn(key, question, end)) {
            return new Replies.Reply.NotAsked();
        }
        boolean asked = false;
        try {
            asked = send.getAsBoolean();
            return asked ? awaitAnswer(question, end) : new Replies.Reply.None();
        } finally {
            leave(key, question, asked, System.nanoTime() - start);
        }
    }

    private synchronized boolean awaitTurn(String key, Question question, long end)
            throws InterruptedException {
        Turns turns = byKey.computeIfAbsent(key, _ -> new Turns());
        turns.line.addLast(question);
        boolean ours = false;
        try {
            for (long now = System.nanoTime(); !closed && !ours; now = System.nanoTime()) {
                boolean first = turns.line.getFirst() == question;
                if (turns.held && now - turns.heldUntil >= 0) {
                    turns.held = false;
                }
                ours = first && !turns.held;
                question.asked = ours;
                if (!ours) {
                    long until = first && turns.heldUntil - end < 0 ? turns.heldUntil : end;
                    if (end - now <= 0) {
                        break;
                    }
                    TimeUnit.NANOSECONDS.timedWait(this, Math.max(1, until - now));
                }
            }
            return ours;
        } finally {
            if (!ours) {
                remove(key, turns, question);
            }
        }
    }

    private synchronized Replies.Reply awaitAnswer(Question question, long end)
            throws InterruptedException {
        for (long left = end - System.nanoTime();
                question.answer == null && !closed && left > 0;
                left = end - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        byte[] answer = question.answer;
        return answer == null ? new Replies.Reply.None() : new Replies.Reply.Got(answer);
    }

    private synchronized void leave(String key, Question question, boolean asked, long waited) {
        Turns turns = Objects.requireNonNull(byKey.get(key), "a question is in its line");
        if (asked && question.answer == null && key.equals(IN_ORDER)) {
            turns.held = true;
            turns.heldUntil = System.nanoTime() + Math.min(waited, LONGEST_HOLD);
        }
        remove(key, turns, question);
    }

    private void remove(String key, Turns turns, Question question) {
        turns.line.remove(question);
        if (turns.line.isEmpty() && !turns.held) {
            byKey.remove(key, turns);
        }
        notifyAll();
    }

    /**
     * Hands a frame to the question that it answers. Called on the peer's event loop.
     *
     * @return whether there was one
     */
    synchronized boolean answered(String key, byte[] payload) {
        Turns turns = byKey.get(key);
        if (turns == null) {
            return false;
        }
        if (turns.held) {
            boolean late = System.nanoTime() - turns.heldUntil < 0;
            turns.held = false;
            if (turns.line.isEmpty()) {
                byKey.remove(key);
            }
            notifyAll();
            if (late) {
                return false;
            }
        }
        Question first = turns.line.peekFirst();
        if (first == null || !first.asked || first.answer != null) {
            return false;
        }
        first.answer = payload;
        notifyAll();
        return true;
    }

    /** The peer is closed: nothing is answered any more. */
    synchronized void close() {
        closed = true;
        notifyAll();
    }

    /**
     * Whether a frame may be an answer at all. Takes no lock: a frame that comes while the first
     * question is being put cannot be its answer.
     */
    boolean areAsked() {
        return !byKey.isEmpty();
    }
}
