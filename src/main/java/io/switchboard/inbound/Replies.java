package io.switchboard.inbound;

import io.switchboard.peer.Peer;
import io.switchboard.peer.PeerObserver;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.stereotype.Component;

/**
 * Asks peers and waits for what they answer. Which frame is the answer the listener says: the next
 * one (fifo), or the one in which its expression finds the same as in the question.
 */
@Component
public final class Replies implements PeerObserver {

    /** What came of asking a peer. */
    public sealed interface Reply {

        /**
         * It answered.
         *
         * @param payload shared with the peer's history
         */
        @SuppressWarnings("ArrayRecordComponent") // replies are not compared
        record Got(byte[] payload) implements Reply {}

        /** It was asked and has not answered in time, or has closed first. */
        record None() implements Reply {}

        /** Its turn did not come in time: it was not asked. */
        record NotAsked() implements Reply {}
    }

    private final History.Room room;

    Replies(History.Room room, PeerRegistry registry) {
        this.room = room;
        registry.observe(this);
    }

    /** Whether the listener's expression finds in this question what an answer will have. */
    public boolean canBeAnswered(PeerSession session, byte[] payload) {
        return key(session, payload).isPresent();
    }

    /**
     * Asks a peer. Blocks the calling thread, which should be a virtual one, until the answer is
     * there or no time is left.
     *
     * @param payload the question, unframed; {@link #canBeAnswered}
     * @param send sends it now; false where it was refused
     * @param timeout for all of it, the wait for earlier questions included
     */
    public Reply ask(PeerSession session, byte[] payload, BooleanSupplier send, Duration timeout)
            throws InterruptedException {
        String key = key(session, payload).orElseThrow();
        return Inbox.of(session, room).questionsToAsk().ask(key, send, timeout);
    }

    /** Whether a frame answers a question; whoever asked has it then. */
    boolean answers(PeerSession session, Inbox inbox, byte[] payload) {
        Questions questions = inbox.questions();
        return questions != null
                && questions.areAsked()
                && key(session, payload).map(key -> questions.answered(key, payload)).orElse(false);
    }

    private static Optional<String> key(PeerSession session, byte[] payload) {
        Pattern correlate = session.listener().correlate();
        if (correlate == null) {
            return Optional.of(Questions.IN_ORDER);
        }
        Matcher found = Identifier.search(correlate, payload);
        return found.find() ? Optional.ofNullable(found.group(1)) : Optional.empty();
    }

    @Override
    public void closed(PeerSession session, Peer last) {
        if (session.attachment() instanceof Inbox inbox) {
            inbox.questionsToAsk().close();
        }
    }
}
