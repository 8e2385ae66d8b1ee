package io.switchboard.delivery;

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
 * Counts what becomes of one message, and lets its sender wait for the rest.
 *
 * <p>This object's monitor guards everything; outboxes call it with their lock held, and it calls
 * nobody but the event stream, which is told of each session that fails after its outbox held the
 * message, however long ago the sender had its answer.
 */
final class DeliveryTracker implements Receipt {
    /** Up to so many targets a report lists all of them without being asked. */
    static final int FEW = 100;

    private final String id;
    private final EventStream events;
    private final Payload payload;
    private final Results results;
    private final Wait until;

    /** Those whose kernel took it at once, as far as a report may have to list them. */
    private final List<PeerSession> writtenAtOnce = new ArrayList<>(1);

    private final Map<PeerSession, Outcome> others = new LinkedHashMap<>();

    /** What those who were asked answered, or did not. */
    private final Map<PeerSession, Outcome> answers = new HashMap<>(0);

    private final List<DeliveryReport.Result> missing = new ArrayList<>(0);
    private int atOnce;
    private int waiting;

    /**
     * @param id of the delivery
     */
    DeliveryTracker(String id, EventStream events, Payload payload, Results results, Wait until) {
        this.id = id;
        this.events = events;
        this.payload = payload;
        this.results = results;
        this.until = until;
    }

    /** The kernel took it at once: what the outbox tells no receipt. */
    synchronized void wrote(PeerSession session) {
        wrote(1, List.of(session));
    }

    /**
     * The same for many.
     *
     * @param sessions those of them that a report may have to list, by {@link #lists}
     */
    synchronized void wrote(int count, List<PeerSession> sessions) {
        atOnce += count;
        writtenAtOnce.addAll(sessions);
    }

    /** How many sessions may be needed again that took the message at once. */
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

    /** A target that was named and is not there. */
    synchronized void missing(String reference, String reason) {
        missing.add(new DeliveryReport.Result(reference, new Outcome.Failed(false, reason)));
    }

    @Override
    public synchronized void refused(PeerSession peer, Refusal refusal) {
        others.put(peer, new Outcome.Failed(false, refusal.word()));
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
        fail(peer, reason.word());
        end();
    }

    private void fail(PeerSession peer, String reason) {
        others.put(peer, new Outcome.Failed(true, reason));
        events.sendFailed(peer, reason, id);
    }

    private void end() {
        waiting--;
        if (waiting == 0) {
            notifyAll();
        }
    }

    /** Waits until nothing is queued any more, or {@code timeout} is over. */
    synchronized void await(Duration timeout) throws InterruptedException {
        long end = System.nanoTime() + timeout.toNanos();
        long left = timeout.toNanos();
        while (waiting > 0 && left > 0) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
            left = end - System.nanoTime();
        }
    }

    /**
     * The sessions whose kernel took every byte, each to be settled later. All of them only where
     * acks are asked for.
     */
    synchronized List<PeerSession> writtenTo() {
        for (PeerSession session : writtenAtOnce) {
            others.put(session, new Outcome.Written(payload.encodedLength(session.listener())));
        }
        atOnce -= writtenAtOnce.size();
        writtenAtOnce.clear();
        List<PeerSession> sessions = new ArrayList<>();
        others.forEach(
                (session, outcome) -> {
                    if (outcome instanceof Outcome.Written) {
                        sessions.add(session);
                    }
                });
        return sessions;
    }

    /** What became of a written message later: acknowledged, or lost with its session. */
    synchronized void settle(PeerSession session, boolean acked) {
        if (acked) {
            others.put(session, new Outcome.Acked(payload.encodedLength(session.listener())));
        } else {
            fail(session, session.closeReason().map(CloseReason::word).orElse("closed"));
        }
    }

    /** Whether its outbox refused the message, or its session ended with it. */
    synchronized boolean failed(PeerSession session) {
        return others.get(session) instanceof Outcome.Failed;
    }

    /** The peer answered. */
    synchronized void replied(PeerSession session, byte[] reply) {
        int bytes = payload.encodedLength(session.listener());
        answers.put(session, new Outcome.Replied(bytes, reply));
    }

    /**
     * The peer did not answer.
     *
     * @param asked whether the message was sent
     */
    synchronized void unanswered(PeerSession session, boolean asked) {
        if (!failed(session)) {
            String closed = session.closeReason().map(CloseReason::word).orElse(null);
            String reason = asked ? "no_reply" : "busy";
            answers.put(session, new Outcome.Failed(asked, closed == null ? reason : closed));
        }
    }

    /** What is known now. */
    synchronized DeliveryReport report() {
        // whatever a receipt says later: the answer is what counts
        atOnce -= (int) writtenAtOnce.stream().filter(answers::containsKey).count();
        writtenAtOnce.removeIf(answers::containsKey);
        others.putAll(answers);
        int matched = atOnce + others.size() + missing.size();
        boolean all = results == Results.ALL || (results == Results.AUTO && matched <= FEW);
        List<DeliveryReport.Result> list = new ArrayList<>();
        if (all) {
            for (PeerSession session : writtenAtOnce) {
                int bytes = payload.encodedLength(session.listener());
                list.add(result(session, new Outcome.Written(bytes)));
            }
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
        return DeliveryReport.here(
                id, matched, queued, written, acked, replied, failed, list, List.copyOf(missing));
    }

    private static DeliveryReport.Result result(PeerSession session, Outcome outcome) {
        return new DeliveryReport.Result(session.id().toString(), outcome);
    }
}
