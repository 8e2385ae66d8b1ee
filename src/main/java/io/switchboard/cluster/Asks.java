package io.switchboard.cluster;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.switchboard.node.Answer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What this node has asked others, and has not been answered yet. Thread-safe.
 *
 * <pre>
 *            reply, or nobody hears it, or Redis is away
 *   ASKED ------------------------------------------------> answered
 *     |  ^
 *     |  | "at work"
 *     |  +---- heard
 *     |
 *     | nothing heard for a second, or "at work" for eleven minutes
 *     +---------------------------------------------------> silent
 * </pre>
 *
 * <p>Whoever takes a question out of the map first has answered it.
 */
final class Asks {
    static final Duration SILENCE = Duration.ofSeconds(1);

    /** Nothing takes longer: a send waits ten minutes at most. Who is at work still is stuck. */
    private static final Duration LONGEST = Duration.ofMinutes(11);

    private enum Result {
        ANSWERED,
        LOST,
        SILENT,
        UNAVAILABLE
    }

    /**
     * @param id of the command
     * @param node that was asked
     */
    private record Question(long id, String node) {}

    /** One that waits. */
    private static final class Waiting {
        private final CompletableFuture<Answer> answer = new CompletableFuture<>();
        private final long begun = System.nanoTime();
        private volatile long heard = begun;
    }

    private final Map<Question, Waiting> waiting = new ConcurrentHashMap<>();
    private final Map<Result, Counter> counters = new EnumMap<>(Result.class);

    Asks(MeterRegistry meters) {
        for (Result each : Result.values()) {
            counters.put(
                    each,
                    Counter.builder("switchboard.cluster.asks")
                            .baseUnit("asks")
                            .description("What this node has asked others, by what came of it")
                            .tag("result", each.name().toLowerCase(Locale.ROOT))
                            .register(meters));
        }
    }

    /** Begins to wait for this node. */
    CompletableFuture<Answer> begin(long id, String node) {
        Waiting one = new Waiting();
        waiting.put(new Question(id, node), one);
        return one.answer;
    }

    /** That node is at work. */
    void heard(long id, String node) {
        Waiting one = waiting.get(new Question(id, node));
        if (one != null) {
            one.heard = System.nanoTime();
        }
    }

    /** This is what came of it; of no effect where that is known already. */
    void end(long id, String node, Answer answer) {
        Waiting one = waiting.remove(new Question(id, node));
        if (one != null) {
            end(one, answer);
        }
    }

    private void end(Waiting one, Answer answer) {
        Result result =
                switch (answer) {
                    case Answer.Given _, Answer.Faulty _, Answer.Busy _ -> Result.ANSWERED;
                    case Answer.Lost _ -> Result.LOST;
                    case Answer.Silent _ -> Result.SILENT;
                    case Answer.Unavailable _ -> Result.UNAVAILABLE;
                };
        Counter counter = counters.get(result);
        if (counter != null) {
            counter.increment();
        }
        one.answer.complete(answer);
    }

    /** Gives up those of which nothing was heard for too long. Called again and again. */
    void giveUpSilent() {
        long now = System.nanoTime();
        waiting.forEach(
                (question, one) -> {
                    boolean over =
                            now - one.heard > SILENCE.toNanos()
                                    || now - one.begun > LONGEST.toNanos();
                    if (over && waiting.remove(question, one)) {
                        end(one, new Answer.Silent());
                    }
                });
    }
}
