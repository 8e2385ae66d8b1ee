package io.switchboard.delivery;

import io.switchboard.delivery.Send.Results;
import io.switchboard.delivery.Send.Wait;
import io.switchboard.events.EventStream;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Receipt;
import io.switchboard.peer.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Counts what becomes of one message at each target, and lets the sender wait until nothing is
 * queued any more.
 *
 * <p>This object's monitor guards all fields. Outboxes call it with their lock held. It calls only
 * the event stream: each session that fails after its outbox held the message is an event, also
 * when the sender got the report long ago.
 */
final class DeliveryTracker implements Receipt {
    /** A report of up to this many targets lists all of them without being asked. */
    static final int FEW = 100;

    private final String id;
    private final EventStream events;
    private final Payload payload;
    private final Results results;
    private final Wait until;

    /** Sessions whose kernel accepted the message at once, as many as {@link #lists} says. */
    private final List<PeerSession> writtenAtOnce = new ArrayList<>(1);

    private final Map<PeerSession, Outcome> others = new LinkedHashMap<>();

    /** The result of each question, if the sender waits for replies. */
    private final Map<PeerSession, Outcome> answers = new HashMap<>(0);

    private final List<DeliveryReport.Result> missing = new ArrayList<>(0);
    private int atOnce;
    private int waiting;

    DeliveryTracker(String id, EventStream events, Payload payload, Results results, Wait until) {
        this.id = id;
        this.events = events;
        this.payload = payload;
        this.results = results;
        this.until = until;
    }

    Payload payload() {
        return payload;
    }

    /** Counts a session whose kernel accepted the message at once; its outbox tells no receipt. */
    synchronized void wrote(PeerSession session) {
        wrote(1, List.of(session));
    }

    /**
     * Counts several sessions whose kernel accepted the message at once.
     *
     * @param sessions the first {@link #lists} of them
     */
    synchronized void wrote(int count, List<PeerSession> sessions) {
        atOnce += count;
        writtenAtOnce.addAll(sessions);
    }

    /** Returns how many of the sessions that accepted the message at once are needed again. */
    int lists() {
        if (until == Wait.ACKED || until == Wait.REPLY) {
            return Integer.MAX_VALUE;
        }
        return switch (results) {
            case ALL -> Integer.MAX_VALUE;
            case AUTO -> FEW;
            case FAILED, NONE -> 0;
        };
    }

    /** Counts a reference that stands for no connected peer. */
    synchronized void missing(String reference, FailureReason reason) {
        missing.add(new DeliveryReport.Result(reference, new Outcome.Failed(false, reason)));
    }

    @Override
    public synchronized void refused(PeerSession peer, Refusal refusal) {
        others.put(peer, new Outcome.Failed(false, FailureReason.of(refusal.word())));
    }

    @Override
    public synchronized void queued(PeerSession peer) {
        waiting++;
        others.put(peer, new Outcome.Queued());
    }

    @Override
    public synchronized void written(PeerSession peer, int bytes) {
        others.put(peer, new Outcome.Written(bytes));
        end();
    }

    @Override
    public synchronized void failed(PeerSession peer, CloseReason reason) {
        fail(peer, FailureReason.of(reason.word()));
        end();
    }

    private void fail(PeerSession peer, FailureReason reason) {
        others.put(peer, new Outcome.Failed(true, reason));
        events.sendFailed(peer, reason.word(), id);
    }

    private void end() {
        waiting--;
        if (waiting == 0) {
            notifyAll();
        }
    }

    /** Waits until nothing is queued any more, at most {@code timeout}. */
    synchronized void await(Duration timeout) throws InterruptedException {
        long end = System.nanoTime() + timeout.toNanos();
        for (long left = timeout.toNanos();
                waiting > 0 && left > 0;
                left = end - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }

    /**
     * Returns the sessions whose kernel accepted every byte, each to be settled later. Complete
     * only if the sender waits for acknowledgements.
     */
    synchronized List<PeerSession> writtenTo() {
        writtenAtOnce.forEach(session -> others.put(session, new Outcome.Written(bytes(session))));
        atOnce -= writtenAtOnce.size();
        writtenAtOnce.clear();
        return others.entrySet().stream()
                .filter(each -> each.getValue() instanceof Outcome.Written)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Records that a written message was acknowledged, or was lost with its session. */
    synchronized void settle(PeerSession session, boolean acked) {
        if (acked) {
            others.put(session, new Outcome.Acked(bytes(session)));
        } else {
            fail(session, reason(session, FailureReason.CLOSED));
        }
    }

    /** Returns whether the outbox refused the message or the session ended before it. */
    synchronized boolean failed(PeerSession session) {
        return others.get(session) instanceof Outcome.Failed;
    }

    synchronized void replied(PeerSession session, byte[] reply) {
        answers.put(session, new Outcome.Replied(bytes(session), reply));
    }

    private int bytes(PeerSession session) {
        return payload.encodedLength(session.listener());
    }

    /**
     * Records that the peer did not answer.
     *
     * @param asked whether the message was sent
     */
    synchronized void unanswered(PeerSession session, boolean asked) {
        if (!failed(session)) {
            FailureReason open = asked ? FailureReason.NO_REPLY : FailureReason.BUSY;
            answers.put(session, new Outcome.Failed(asked, reason(session, open)));
        }
    }

    /** Returns why the session was closed, or {@code open} if it was not. */
    private static FailureReason reason(PeerSession session, FailureReason open) {
        return session.closeReason().map(CloseReason::word).map(FailureReason::of).orElse(open);
    }

    synchronized DeliveryReport report() {
        // an answer takes precedence over what a receipt says later
        atOnce -= (int) writtenAtOnce.stream().filter(answers::containsKey).count();
        writtenAtOnce.removeIf(answers::containsKey);
        others.putAll(answers);
        int matched = atOnce + others.size() + missing.size();
        boolean all = results == Results.ALL || (results == Results.AUTO && matched <= FEW);
        List<DeliveryReport.Result> list = new ArrayList<>();
        if (all) {
            writtenAtOnce.forEach(
                    session -> list.add(result(session, new Outcome.Written(bytes(session)))));
        }
        int queued = 0;
        int written = atOnce;
        int acked = 0;
        int replied = 0;
        int failed = missing.size();
        for (Map.Entry<PeerSession, Outcome> other : others.entrySet()) {
            boolean isFailed = false;
            switch (other.getValue()) {
                case Outcome.Queued _ -> queued++;
                case Outcome.Written _ -> written++;
                case Outcome.Acked _ -> acked++;
                case Outcome.Replied _ -> replied++;
                case Outcome.Failed _ -> isFailed = true;
            }
            failed += isFailed ? 1 : 0;
            if (all || (isFailed && results != Results.NONE)) {
                list.add(result(other.getKey(), other.getValue()));
            }
        }
        List<DeliveryReport.Result> absent = List.copyOf(missing);
        List<String> silent = List.of();
        return new DeliveryReport(
                id, matched, queued, written, acked, replied, failed, list, absent, false, silent);
    }

    private static DeliveryReport.Result result(PeerSession session, Outcome outcome) {
        return new DeliveryReport.Result(session.id().toString(), outcome);
    }
}
