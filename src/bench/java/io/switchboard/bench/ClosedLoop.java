package io.switchboard.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Senders that each post again when they are answered, until the time is up; over when every line
 * has arrived. Lives on the loop.
 */
final class ClosedLoop {
    /**
     * @param nanos from the first request to the last line and the last answer
     * @param first from a request to the first peer's line, where one message is under way at a
     *     time
     * @param last the same to the last peer's
     * @param answers from each request to its answer
     */
    record Run(
            long messages,
            long lines,
            long nanos,
            Latencies first,
            Latencies last,
            Latencies answers) {
        double messagesPerSecond() {
            return messages * 1e9 / nanos;
        }

        double linesPerSecond() {
            return lines * 1e9 / nanos;
        }
    }

    private static final Duration GRACE = Duration.ofSeconds(30);

    private final Audience audience;
    private final List<Sender> senders;
    private final int linesOfMessage;
    private final boolean oneAtATime;
    private final long linesBefore;
    private final Latencies first = new Latencies();
    private final Latencies last = new Latencies();
    private final Latencies answers = new Latencies();
    private final CompletableFuture<Run> over = new CompletableFuture<>();
    private long start;
    private long end;
    private long posted;
    private long answered;
    private long lastPostAt;
    private long lastEventAt;

    private ClosedLoop(
            Audience audience, List<Sender> senders, int linesOfMessage, boolean oneAtATime) {
        this.audience = audience;
        this.senders = senders;
        this.linesOfMessage = linesOfMessage;
        this.oneAtATime = oneAtATime;
        this.linesBefore = audience.lines();
    }

    /** Every message goes to everyone. */
    static Run broadcast(Loop loop, Audience audience, Senders senders, Duration time) {
        ClosedLoop run =
                new ClosedLoop(
                        audience, senders.list(), audience.size(), senders.list().size() == 1);
        return run.run(loop, time);
    }

    /** Every message goes to one peer. */
    static Run toOne(Loop loop, Audience audience, Senders senders, Duration time) {
        return new ClosedLoop(audience, senders.list(), 1, false).run(loop, time);
    }

    private Run run(Loop loop, Duration time) {
        loop.call(
                () -> {
                    audience.onArrival((_, _, _, now) -> arrived(now));
                    start = System.nanoTime();
                    end = start + time.toNanos();
                    for (Sender sender : senders) {
                        post(sender);
                    }
                    return true;
                });
        return loop.await(over, time.plus(GRACE), this::missing);
    }

    private void post(Sender sender) throws IOException {
        posted++;
        long at = System.nanoTime();
        lastPostAt = at;
        sender.post(answer -> answered(sender, at, answer));
    }

    private void answered(Sender sender, long postedAt, HttpAnswer answer) throws IOException {
        answer.expect(audience.contestant(), 200);
        answered++;
        lastEventAt = System.nanoTime();
        answers.add(lastEventAt - postedAt);
        if (oneAtATime) {
            postWhenAllIsHeard();
        } else if (lastEventAt - end < 0) {
            post(sender);
        } else {
            finishWhenAllIsHeard();
        }
    }

    private void arrived(long now) {
        lastEventAt = now;
        long heard = heard();
        if (oneAtATime) {
            if (heard % linesOfMessage == 1 || linesOfMessage == 1) {
                first.add(now - lastPostAt);
            }
            if (heard % linesOfMessage == 0) {
                last.add(now - lastPostAt);
            }
        }
        if (heard == posted * linesOfMessage) {
            try {
                if (oneAtATime) {
                    postWhenAllIsHeard();
                } else {
                    finishWhenAllIsHeard();
                }
            } catch (IOException e) {
                throw new Failed("cannot post", e);
            }
        }
    }

    private void postWhenAllIsHeard() throws IOException {
        if (answered == posted && heard() == posted * linesOfMessage) {
            if (lastEventAt - end < 0) {
                post(senders.getFirst());
            } else {
                finishWhenAllIsHeard();
            }
        }
    }

    private void finishWhenAllIsHeard() {
        if (lastEventAt - end >= 0 && answered == posted && heard() == posted * linesOfMessage) {
            audience.onArrival((_, _, _, _) -> {});
            over.complete(new Run(posted, heard(), lastEventAt - start, first, last, answers));
        }
    }

    private long heard() {
        return audience.lines() - linesBefore;
    }

    private String missing() {
        return "%s: %d messages posted, %d answered, %d of %d lines arrived"
                .formatted(
                        audience.contestant(), posted, answered, heard(), posted * linesOfMessage);
    }
}
