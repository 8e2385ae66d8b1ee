package io.switchboard.delivery;

import io.switchboard.peer.CloseReason;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Receipt;
import io.switchboard.peer.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Counts what becomes of one message, and lets its sender wait for the rest.
 *
 * <p>This object's monitor guards everything; outboxes call it with their lock held, and it calls
 * nobody.
 */
final class Tally implements Receipt {
    /** Up to so many targets a report lists all of them without being asked. */
    static final int FEW = 100;

    private final Results results;
    private final List<PeerSession> writtenAtOnce = new ArrayList<>(1);
    private final Map<PeerSession, Outcome> others = new LinkedHashMap<>();
    private final List<DeliveryReport.Result> missing = new ArrayList<>(0);
    private int atOnce;
    private int writtenLater;
    private int waiting;
    private int failed;

    Tally(Results results) {
        this.results = results;
    }

    /** The kernel took it at once: what the outbox tells no receipt. */
    synchronized void wrote(PeerSession session) {
        atOnce++;
        if (writtenAtOnce.size() < lists()) {
            writtenAtOnce.add(session);
        }
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

    /** How many sessions a report may have to list that took the message at once. */
    int lists() {
        return switch (results) {
            case ALL -> Integer.MAX_VALUE;
            case AUTO -> FEW;
            case FAILED, NONE -> 0;
        };
    }

    /** A target that was named and is not there. */
    synchronized void missing(String reference, String reason) {
        failed++;
        missing.add(new DeliveryReport.Result(reference, new Outcome.Failed(false, reason)));
    }

    @Override
    public synchronized void refused(PeerSession peer, Refusal refusal) {
        failed++;
        others.put(peer, new Outcome.Failed(false, refusal.word()));
    }

    @Override
    public synchronized void queued(PeerSession peer) {
        waiting++;
        others.put(peer, new Outcome.Queued());
    }

    @Override
    public synchronized void written(PeerSession peer, int bytes) {
        writtenLater++;
        others.put(peer, new Outcome.Written(bytes));
        ended();
    }

    @Override
    public synchronized void failed(PeerSession peer, CloseReason reason) {
        failed++;
        others.put(peer, new Outcome.Failed(true, reason.word()));
        ended();
    }

    private void ended() {
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

    /** What is known now. */
    synchronized DeliveryReport report(String id, Payload payload) {
        int matched = atOnce + others.size() + missing.size();
        boolean all = results == Results.ALL || (results == Results.AUTO && matched <= FEW);
        List<DeliveryReport.Result> list = new ArrayList<>();
        if (all) {
            for (PeerSession session : writtenAtOnce) {
                int bytes = payload.encodedLength(payload.framingFor(session.listener()));
                list.add(result(session, new Outcome.Written(bytes)));
            }
        }
        if (results != Results.NONE) {
            others.forEach(
                    (session, outcome) -> {
                        if (all || outcome instanceof Outcome.Failed) {
                            list.add(result(session, outcome));
                        }
                    });
            list.addAll(missing);
        }
        return new DeliveryReport(id, matched, waiting, atOnce + writtenLater, failed, list);
    }

    private static DeliveryReport.Result result(PeerSession session, Outcome outcome) {
        return new DeliveryReport.Result(session.id().toString(), outcome);
    }
}
