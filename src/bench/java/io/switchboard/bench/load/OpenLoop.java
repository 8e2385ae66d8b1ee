package io.switchboard.bench.load;

import io.switchboard.bench.BenchException;
import io.switchboard.bench.Pause;
import io.switchboard.bench.report.Latencies;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Open-loop load: messages at a fixed rate, independent of the responses. The latency of a message
 * counts from the time at which it was due, not from the time at which it was posted. The figures
 * therefore include the time that messages waited because the server stalled (no coordinated
 * omission).
 *
 * <p>The senders take turns. Each has at most one outstanding request; if its next message becomes
 * due earlier, the message waits for the response. The main thread sleeps until a message is due
 * and posts it; the event loop posts the messages that had to wait. The monitor of the {@link
 * PacedSender} decides which of the two threads posts: it guards the counters and {@code busy}.
 */
public final class OpenLoop {
    /** A sender with the number of its messages that are due and posted. */
    private static final class PacedSender {
        private final Sender sender;
        private final int firstNumber;
        private int due;
        private int posted;
        private boolean busy;

        PacedSender(Sender sender) {
            this.sender = sender;
            this.firstNumber = sender.number();
        }
    }

    private static final Duration GRACE = Duration.ofSeconds(30);

    private final EventLoop loop;
    private final Peers peers;
    private final List<PacedSender> pacedSenders;
    private final int linesPerMessage;
    private final int[] acceptedStatuses;
    private final long interval;
    private final long messages;
    private final long linesBefore;
    private final Latencies latencies = new Latencies();
    private final CompletableFuture<Latencies> result = new CompletableFuture<>();
    private volatile long start;
    private long responded;

    private OpenLoop(
            EventLoop loop,
            Peers peers,
            Senders senders,
            int linesPerMessage,
            int rate,
            Duration time,
            int... acceptedStatuses) {
        this.loop = loop;
        this.peers = peers;
        this.pacedSenders = senders.list().stream().map(PacedSender::new).toList();
        this.linesPerMessage = linesPerMessage;
        this.acceptedStatuses = acceptedStatuses;
        this.interval = 1_000_000_000L / rate;
        this.messages = Math.max(1, time.toNanos() / interval);
        this.linesBefore = peers.lines();
    }

    /** Returns the latencies of messages each of which goes to one peer. */
    public static Latencies toOne(
            EventLoop loop, Peers peers, Senders senders, int rate, Duration time) {
        return new OpenLoop(loop, peers, senders, 1, rate, time, 200).run();
    }

    /**
     * Returns the latencies of broadcasts, one per peer and message.
     *
     * @param acceptedStatuses the statuses of a successful response
     */
    public static Latencies broadcast(
            EventLoop loop,
            Peers peers,
            Senders senders,
            int rate,
            Duration time,
            int... acceptedStatuses) {
        int lines = peers.size();
        return new OpenLoop(loop, peers, senders, lines, rate, time, acceptedStatuses).run();
    }

    private Latencies run() {
        loop.call(
                () -> {
                    peers.listener((_, sender, number, now) -> onLine(sender, number, now));
                    return true;
                });
        start = System.nanoTime() + Duration.ofMillis(10).toNanos();
        try {
            for (long message = 0; message < messages && !result.isDone(); message++) {
                Pause.of(Duration.ofNanos(start + message * interval - System.nanoTime()));
                schedule(pacedSenders.get((int) (message % pacedSenders.size())));
            }
        } catch (IOException e) {
            throw new BenchException("cannot post to " + peers.contestant(), e);
        }
        return loop.await(result, GRACE, this::progress);
    }

    private void schedule(PacedSender paced) throws IOException {
        synchronized (paced) {
            paced.due++;
            if (!paced.busy) {
                post(paced);
            }
        }
    }

    /** The caller holds the monitor of {@code paced}. */
    private void post(PacedSender paced) throws IOException {
        paced.busy = true;
        paced.posted++;
        paced.sender.post(response -> responded(paced, response));
    }

    private void responded(PacedSender paced, HttpResponse response) throws IOException {
        response.expect(peers.contestant(), acceptedStatuses);
        responded++;
        synchronized (paced) {
            paced.busy = false;
            if (paced.posted < paced.due) {
                post(paced);
            }
        }
        finishWhenComplete();
    }

    private void onLine(int sender, int number, long now) {
        long message =
                (long) (number - pacedSenders.get(sender).firstNumber) * pacedSenders.size()
                        + sender;
        latencies.add(now - (start + message * interval));
        finishWhenComplete();
    }

    private void finishWhenComplete() {
        if (responded == messages && received() == messages * linesPerMessage) {
            peers.listener((_, _, _, _) -> {});
            result.complete(latencies);
        }
    }

    private long received() {
        return peers.lines() - linesBefore;
    }

    private String progress() {
        return "%s: %d messages, %d responses with %s, %d of %d lines arrived"
                .formatted(
                        peers.contestant(),
                        messages,
                        responded,
                        Arrays.toString(acceptedStatuses),
                        received(),
                        messages * linesPerMessage);
    }
}
