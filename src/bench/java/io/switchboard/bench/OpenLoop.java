package io.switchboard.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Messages at a fixed rate, whatever the server does: each is timed from the moment it should have
 * been posted, so that a server which stalls is charged for what had to wait (no coordinated
 * omission).
 *
 * <p>The senders take turns, each with one request under way; what falls due meanwhile waits for
 * the answer. A thread that sleeps posts what is due; the loop posts what had to wait. The monitor
 * of a sender's {@link Lane} decides which of them it is.
 */
final class OpenLoop {
    private static final class Lane {
        private final Sender sender;
        private final int firstNumber;
        private int due;
        private int posted;
        private boolean busy;

        Lane(Sender sender) {
            this.sender = sender;
            this.firstNumber = sender.number();
        }
    }

    private static final Duration GRACE = Duration.ofSeconds(30);

    private final Loop loop;
    private final Audience audience;
    private final List<Lane> lanes;
    private final int linesOfMessage;
    private final int[] accepted;
    private final long interval;
    private final long messages;
    private final long linesBefore;
    private final Latencies latencies = new Latencies();
    private final CompletableFuture<Latencies> over = new CompletableFuture<>();
    private volatile long start;
    private long answered;

    private OpenLoop(
            Loop loop,
            Audience audience,
            Senders senders,
            int linesOfMessage,
            int rate,
            Duration time,
            int... accepted) {
        this.loop = loop;
        this.audience = audience;
        this.lanes = senders.list().stream().map(Lane::new).toList();
        this.linesOfMessage = linesOfMessage;
        this.accepted = accepted;
        this.interval = 1_000_000_000L / rate;
        this.messages = Math.max(1, time.toNanos() / interval);
        this.linesBefore = audience.lines();
    }

    /** Every message goes to one peer. */
    static Latencies toOne(Loop loop, Audience audience, Senders senders, int rate, Duration time) {
        return new OpenLoop(loop, audience, senders, 1, rate, time, 200).run();
    }

    /**
     * Every message goes to everyone.
     *
     * @param accepted the answers that are as they should be
     */
    static Latencies broadcast(
            Loop loop,
            Audience audience,
            Senders senders,
            int rate,
            Duration time,
            int... accepted) {
        int lines = audience.size();
        return new OpenLoop(loop, audience, senders, lines, rate, time, accepted).run();
    }

    private Latencies run() {
        loop.call(
                () -> {
                    audience.onArrival((_, sender, number, now) -> arrived(sender, number, now));
                    return true;
                });
        start = System.nanoTime() + Duration.ofMillis(10).toNanos();
        try {
            for (long message = 0; message < messages && !over.isDone(); message++) {
                Stage.pause(Duration.ofNanos(start + message * interval - System.nanoTime()));
                fallDue(lanes.get((int) (message % lanes.size())));
            }
        } catch (IOException e) {
            throw new Failed("cannot post to " + audience.contestant(), e);
        }
        return loop.await(over, GRACE, this::missing);
    }

    private void fallDue(Lane lane) throws IOException {
        synchronized (lane) {
            lane.due++;
            if (!lane.busy) {
                post(lane);
            }
        }
    }

    /** The caller holds the lane's monitor. */
    private void post(Lane lane) throws IOException {
        lane.busy = true;
        lane.posted++;
        lane.sender.post(answer -> answered(lane, answer));
    }

    private void answered(Lane lane, HttpAnswer answer) throws IOException {
        answer.expect(audience.contestant(), accepted);
        answered++;
        synchronized (lane) {
            lane.busy = false;
            if (lane.posted < lane.due) {
                post(lane);
            }
        }
        finishWhenAllIsHeard();
    }

    private void arrived(int sender, int number, long now) {
        long message = (long) (number - lanes.get(sender).firstNumber) * lanes.size() + sender;
        latencies.add(now - (start + message * interval));
        finishWhenAllIsHeard();
    }

    private void finishWhenAllIsHeard() {
        if (answered == messages && heard() == messages * linesOfMessage) {
            audience.onArrival((_, _, _, _) -> {});
            over.complete(latencies);
        }
    }

    private long heard() {
        return audience.lines() - linesBefore;
    }

    private String missing() {
        return "%s: %d messages, %d answered with %s, %d of %d lines arrived"
                .formatted(
                        audience.contestant(),
                        messages,
                        answered,
                        Arrays.toString(accepted),
                        heard(),
                        messages * linesOfMessage);
    }
}
