package io.switchboard.delivery;

import io.switchboard.delivery.Send.Results;
import io.switchboard.delivery.Send.Wait;
import io.switchboard.events.EventStream;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.DeliveryCallback;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.RejectReason;
import io.switchboard.receive.RequestReply;
import io.switchboard.receive.RequestReply.Reply;
import io.switchboard.receive.SentHistory;
import io.switchboard.receive.SentHistory.Status;
import io.switchboard.receive.SentMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Records the outcome of one message at each target of this node. The sender can wait until no
 * outbox holds the message, and then makes the report.
 *
 * <p>This object's monitor guards all fields that change. Outboxes call it while they hold their
 * lock. It calls only the event stream: if a session fails after its outbox held the message, it
 * publishes an event, even long after the report was made.
 *
 * <p>Outboxes keep this object for as long as they hold the message. So it is {@link #close}d when
 * the report is made, and then has no record of any session. Before that, it records the outcome at
 * a session only if the sender has {@link #reserve reserved} memory for all of them, or if the
 * report may list it; of the others it has only the numbers.
 */
final class DeliveryTracker implements DeliveryCallback {
    /** With {@link Results#AUTO}, a report of up to this many targets lists all of them. */
    static final int AUTO_LIMIT = 100;

    private final String id;
    private final EventStream events;
    private final DeliveryBudget budget;
    private final Payload payload;
    private final Results results;
    private final Wait until;

    /**
     * Sessions to which the sender wrote the whole message directly, up to {@link #recordLimit}.
     * They are not in {@code outcomes}.
     */
    private List<PeerSession> directSessions = new ArrayList<>(1);

    /** The outcome at the sessions that were not written directly and are recorded. */
    private Map<PeerSession, Outcome> outcomes = new LinkedHashMap<>();

    /** The outcome of each request, if the sender waits for replies. */
    private Map<PeerSession, Outcome> replyOutcomes = new HashMap<>(0);

    private final List<DeliveryReport.Result> absent = new ArrayList<>(0);
    private int directWrites;

    /** The number of outboxes that hold the message. */
    private int queued;

    /** The numbers of sessions in each state that are not recorded. */
    private int unrecordedQueued;

    private int unrecordedWritten;
    private int unrecordedFailed;

    private long reserved;
    private boolean closed;

    /** What the histories of the peers keep of the message; in the charset of one of them. */
    private volatile @Nullable SentMessage sent;

    DeliveryTracker(
            String id,
            EventStream events,
            DeliveryBudget budget,
            Payload payload,
            Results results,
            Wait until) {
        this.id = id;
        this.events = events;
        this.budget = budget;
        this.payload = payload;
        this.results = results;
        this.until = until;
    }

    /**
     * Adds the message to the history of a session. Called before the message is offered to it,
     * without a lock.
     */
    void sending(PeerSession session) {
        SentHistory history = SentHistory.of(session);
        if (history != null) {
            byte[] bytes = payload.bytesFor(session.listener());
            SentMessage message = sent;
            if (message == null || message.payload() != bytes) {
                message = new SentMessage(id, System.nanoTime(), bytes);
                sent = message;
            }
            history.add(message);
        }
    }

    /** Records in its history that the whole message was written to a session directly. */
    void sent(PeerSession session) {
        note(session, Status.WRITTEN, null);
    }

    private void note(PeerSession session, Status status, @Nullable FailureReason reason) {
        SentHistory history = SentHistory.of(session);
        if (history != null) {
            history.set(id, status, reason == null ? null : reason.word());
        }
    }

    Payload payload() {
        return payload;
    }

    /** Counts a session to which the whole message was written directly, without a callback. */
    synchronized void writtenDirectly(PeerSession session) {
        writtenDirectly(1, List.of(session));
    }

    /**
     * Counts several sessions to which the whole message was written directly.
     *
     * @param sessions the first of them, up to {@link #recordLimit}
     */
    synchronized void writtenDirectly(int count, List<PeerSession> sessions) {
        directWrites += count;
        directSessions.addAll(sessions);
    }

    /** Returns how many directly written sessions must be recorded, rather than only counted. */
    int recordLimit() {
        if (until == Wait.ACKED || until == Wait.REPLY) {
            return Integer.MAX_VALUE;
        }
        return switch (results) {
            case ALL -> Integer.MAX_VALUE;
            case AUTO -> AUTO_LIMIT;
            case FAILED, NONE -> 0;
        };
    }

    /** Counts a reference of the sender that no connected peer has. */
    synchronized void absent(String reference, FailureReason reason) {
        absent.add(new DeliveryReport.Result(reference, new Outcome.Failed(false, reason)));
    }

    @Override
    public synchronized void refused(PeerSession peer, RejectReason refusal) {
        FailureReason reason = FailureReason.of(refusal.word());
        note(peer, Status.FAILED, reason);
        if (!recordFailure(peer, new Outcome.Failed(false, reason))) {
            unrecordedFailed++;
        }
    }

    @Override
    public synchronized void queued(PeerSession peer) {
        queued++;
        if (!closed && outcomes.size() < recordLimit()) {
            outcomes.put(peer, new Outcome.Queued());
        } else {
            unrecordedQueued++;
        }
    }

    @Override
    public synchronized void written(PeerSession peer, int bytes) {
        note(peer, Status.WRITTEN, null);
        if (outcomes.replace(peer, new Outcome.Written(bytes)) == null) {
            unrecordedQueued--;
            unrecordedWritten++;
        }
        dequeued();
    }

    @Override
    public synchronized void failed(PeerSession peer, CloseReason reason) {
        Outcome.Failed outcome = new Outcome.Failed(true, FailureReason.of(reason.word()));
        note(peer, Status.FAILED, outcome.reason());
        if (outcomes.replace(peer, outcome) == null) {
            unrecordedQueued--;
            if (!recordFailure(peer, outcome)) {
                unrecordedFailed++;
            }
        }
        events.sendFailed(peer, reason.word(), id);
        dequeued();
    }

    /** Records a failure unless the report cannot list it, or the memory for it is used up. */
    private boolean recordFailure(PeerSession peer, Outcome.Failed outcome) {
        boolean free = outcomes.size() < Math.max(recordLimit(), AUTO_LIMIT);
        boolean record =
                !closed
                        && (results != Results.NONE || recordLimit() > 0)
                        && (free || reserve(DeliveryBudget.RESULT_BYTES));
        if (record) {
            outcomes.put(peer, outcome);
        }
        return record;
    }

    /** Reserves memory until {@link #close}. Returns false if the budget has too little left. */
    synchronized boolean reserve(long bytes) {
        if (closed || !budget.tryReserve(bytes)) {
            return false;
        }
        reserved += bytes;
        return true;
    }

    /** Removes all records and releases the reserved memory. No report is made afterwards. */
    synchronized void close() {
        closed = true;
        outcomes = new HashMap<>(0);
        replyOutcomes = new HashMap<>(0);
        directSessions = new ArrayList<>(0);
        if (reserved > 0) {
            budget.release(reserved);
            reserved = 0;
        }
    }

    private void dequeued() {
        queued--;
        if (queued == 0) {
            notifyAll();
        }
    }

    /** Waits until no outbox holds the message or the timeout has passed. */
    synchronized void await(Duration timeout) throws InterruptedException {
        long end = System.nanoTime() + timeout.toNanos();
        for (long left = timeout.toNanos();
                queued > 0 && left > 0;
                left = end - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }

    /**
     * Returns the sessions for which the kernel accepted every byte. The caller later settles each
     * of them. The list is complete only if {@link #recordLimit} has no bound.
     */
    synchronized List<PeerSession> writtenTo() {
        directSessions.forEach(
                session -> outcomes.put(session, new Outcome.Written(bytes(session))));
        directWrites -= directSessions.size();
        directSessions.clear();
        return outcomes.entrySet().stream()
                .filter(each -> each.getValue() instanceof Outcome.Written)
                .map(Map.Entry::getKey)
                .toList();
    }

    /**
     * Records that the message, which the kernel had accepted, was acknowledged; or that its
     * session closed first.
     */
    synchronized void settle(PeerSession session, boolean acked) {
        if (acked) {
            note(session, Status.ACKED, null);
            outcomes.put(session, new Outcome.Acked(bytes(session)));
        } else {
            FailureReason reason = reason(session, FailureReason.CLOSED);
            note(session, Status.FAILED, reason);
            outcomes.put(session, new Outcome.Failed(true, reason));
            events.sendFailed(session, reason.word(), id);
        }
    }

    /**
     * Returns whether the outbox refused the message, or the session closed before it was written.
     */
    synchronized boolean failed(PeerSession session) {
        return outcomes.get(session) instanceof Outcome.Failed;
    }

    /** Records the reply of a peer; that it failed, if there is too little memory for the reply. */
    synchronized void replied(PeerSession session, Reply.Received reply) {
        note(session, Status.REPLIED, null);
        int length = reply.payload().length;
        boolean fits = length <= DeliveryBudget.FREE_REPLY_BYTES || reserve(length);
        replyOutcomes.put(
                session,
                fits
                        ? new Outcome.Replied(
                                bytes(session),
                                reply.payload(),
                                reply.incomplete(),
                                session.listener().charset().name())
                        : new Outcome.Failed(true, FailureReason.MEMORY_FULL));
    }

    private int bytes(PeerSession session) {
        return payload.encodedLength(session.listener());
    }

    /**
     * Records that the peer did not reply.
     *
     * @param sent whether the message was sent; if not, an earlier request was still in progress
     */
    synchronized void unanswered(PeerSession session, boolean sent) {
        if (!failed(session)) {
            FailureReason ifOpen = sent ? FailureReason.NO_REPLY : FailureReason.BUSY;
            FailureReason reason = reasonOfSilence(session, ifOpen);
            note(session, Status.FAILED, reason);
            replyOutcomes.put(session, new Outcome.Failed(sent, reason));
        }
    }

    /**
     * Records that a peer, which has left the reach of the sender, did not reply. The sender gets
     * the same outcome whatever has become of the peer and of the message.
     */
    synchronized void left(PeerSession session) {
        note(session, Status.FAILED, FailureReason.NO_REPLY);
        replyOutcomes.put(session, new Outcome.Failed(true, FailureReason.NO_REPLY));
    }

    /** Returns why the session was closed, or {@code ifOpen} if it is open. */
    private static FailureReason reason(PeerSession session, FailureReason ifOpen) {
        return session.closeReason().map(CloseReason::word).map(FailureReason::of).orElse(ifOpen);
    }

    /**
     * Returns why the session does not reply, or {@code ifOpen} if it still can. A connection for
     * one message is closed when its peer ends the stream, perhaps a moment after this.
     */
    private static FailureReason reasonOfSilence(PeerSession session, FailureReason ifOpen) {
        FailureReason atEnd =
                RequestReply.takesUnfinished(session)
                        ? FailureReason.PEER_CLOSED
                        : FailureReason.HALF_CLOSED;
        return reason(session, session.hasInputEnded() ? atEnd : ifOpen);
    }

    /** Returns the report as of now. */
    synchronized DeliveryReport report() {
        // the outcome of a request takes precedence over the outbox's later callback
        directWrites -= (int) directSessions.stream().filter(replyOutcomes::containsKey).count();
        directSessions.removeIf(replyOutcomes::containsKey);
        outcomes.putAll(replyOutcomes);
        int unrecorded = unrecordedQueued + unrecordedWritten + unrecordedFailed;
        int matched = directWrites + unrecorded + outcomes.size() + absent.size();
        boolean all = results == Results.ALL || (results == Results.AUTO && matched <= AUTO_LIMIT);
        List<DeliveryReport.Result> list = new ArrayList<>();
        if (all) {
            directSessions.forEach(
                    session -> list.add(result(session, new Outcome.Written(bytes(session)))));
        }
        int stillQueued = unrecordedQueued;
        int written = directWrites + unrecordedWritten;
        int acked = 0;
        int replied = 0;
        int failed = absent.size() + unrecordedFailed;
        for (Map.Entry<PeerSession, Outcome> each : outcomes.entrySet()) {
            boolean isFailed = false;
            switch (each.getValue()) {
                case Outcome.Queued _ -> stillQueued++;
                case Outcome.Written _ -> written++;
                case Outcome.Acked _ -> acked++;
                case Outcome.Replied _ -> replied++;
                case Outcome.Failed _ -> isFailed = true;
            }
            failed += isFailed ? 1 : 0;
            if (all || (isFailed && results != Results.NONE)) {
                list.add(result(each.getKey(), each.getValue()));
            }
        }
        return new DeliveryReport(
                id,
                matched,
                stillQueued,
                written,
                acked,
                replied,
                failed,
                list,
                List.copyOf(absent),
                false,
                List.of());
    }

    private static DeliveryReport.Result result(PeerSession session, Outcome outcome) {
        return new DeliveryReport.Result(session.id().toString(), outcome);
    }
}
