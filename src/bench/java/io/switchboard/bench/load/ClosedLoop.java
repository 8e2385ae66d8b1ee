package io.switchboard.bench.load;

import io.switchboard.bench.BenchException;
import io.switchboard.bench.report.Latencies;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Closed-loop load: each sender posts its next message when the response to the previous one has
 * arrived, until the time has passed. A single broadcasting sender also waits until all peers have
 * received the line. The run ends when every line has arrived. After construction, only the event
 * loop thread uses the fields.
 */
public final class ClosedLoop {
    /**
     * What a run measured.
     *
     * @param messages number of posted messages
     * @param lines number of lines that peers received
     * @param nanos time from the first request to the last line or response
     * @param first latencies from a request to the line at the first peer; empty unless a single
     *     sender broadcasts
     * @param last latencies from a request to the line at the last peer; empty unless a single
     *     sender broadcasts
     * @param responses latencies from a request to its response
     */
    public record Result(
            long messages,
            long lines,
            long nanos,
            Latencies first,
            Latencies last,
            Latencies responses) {
        public double messagesPerSecond() {
            return messages * 1e9 / nanos;
        }

        public double linesPerSecond() {
            return lines * 1e9 / nanos;
        }
    }

    private static final Duration GRACE = Duration.ofSeconds(30);

    private final Peers peers;
    private final List<Sender> senders;
    private final int linesPerMessage;
    private final boolean oneAtATime;
    private final long linesBefore;
    private final Latencies first = new Latencies();
    private final Latencies last = new Latencies();
    private final Latencies responses = new Latencies();
    private final CompletableFuture<Result> result = new CompletableFuture<>();
    private long start;
    private long end;
    private long posted;
    private long responded;
    private long lastPostAt;
    private long lastEventAt;

    private ClosedLoop(Peers peers, List<Sender> senders, int linesPerMessage, boolean oneAtATime) {
        this.peers = peers;
        this.senders = senders;
        this.linesPerMessage = linesPerMessage;
        this.oneAtATime = oneAtATime;
        this.linesBefore = peers.lines();
    }

    /** Runs senders whose every message goes to all peers. */
    public static Result broadcast(EventLoop loop, Peers peers, Senders senders, Duration time) {
        ClosedLoop run =
                new ClosedLoop(peers, senders.list(), peers.size(), senders.list().size() == 1);
        return run.run(loop, time);
    }

    /** Runs senders whose every message goes to one peer. */
    public static Result toOne(EventLoop loop, Peers peers, Senders senders, Duration time) {
        return new ClosedLoop(peers, senders.list(), 1, false).run(loop, time);
    }

    private Result run(EventLoop loop, Duration time) {
        loop.call(
                () -> {
                    peers.listener((_, _, _, now) -> onLine(now));
                    start = System.nanoTime();
                    end = start + time.toNanos();
                    for (Sender sender : senders) {
                        post(sender);
                    }
                    return true;
                });
        return loop.await(result, time.plus(GRACE), this::progress);
    }

    private void post(Sender sender) throws IOException {
        posted++;
        long at = System.nanoTime();
        lastPostAt = at;
        sender.post(response -> responded(sender, at, response));
    }

    private void responded(Sender sender, long postedAt, HttpResponse response) throws IOException {
        response.expect(peers.contestant(), 200);
        responded++;
        lastEventAt = System.nanoTime();
        responses.add(lastEventAt - postedAt);
        if (oneAtATime) {
            postWhenComplete();
        } else if (lastEventAt - end < 0) {
            post(sender);
        } else {
            finishWhenComplete();
        }
    }

    private void onLine(long now) {
        lastEventAt = now;
        long received = received();
        if (oneAtATime) {
            if (received % linesPerMessage == 1 || linesPerMessage == 1) {
                first.add(now - lastPostAt);
            }
            if (received % linesPerMessage == 0) {
                last.add(now - lastPostAt);
            }
        }
        if (received == posted * linesPerMessage) {
            try {
                if (oneAtATime) {
                    postWhenComplete();
                } else {
                    finishWhenComplete();
                }
            } catch (IOException e) {
                throw new BenchException("cannot post", e);
            }
        }
    }

    private void postWhenComplete() throws IOException {
        if (responded == posted && received() == posted * linesPerMessage) {
            if (lastEventAt - end < 0) {
                post(senders.getFirst());
            } else {
                finishWhenComplete();
            }
        }
    }

    private void finishWhenComplete() {
        if (lastEventAt - end >= 0
                && responded == posted
                && received() == posted * linesPerMessage) {
            peers.listener((_, _, _, _) -> {});
            result.complete(
                    new Result(posted, received(), lastEventAt - start, first, last, responses));
        }
    }

    private long received() {
        return peers.lines() - linesBefore;
    }

    private String progress() {
        return "%s: %d messages posted, %d responses, %d of %d lines arrived"
                .formatted(
                        peers.contestant(),
                        posted,
                        responded,
                        received(),
                        posted * linesPerMessage);
    }
}
