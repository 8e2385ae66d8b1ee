package io.switchboard.bench.hostile;

import io.switchboard.bench.BenchException;
import io.switchboard.bench.Pause;
import io.switchboard.bench.contestant.Contestant;
import io.switchboard.bench.load.HttpConnection;
import io.switchboard.bench.report.Latencies;
import java.io.IOException;
import java.time.Duration;

/**
 * Questions to a well-behaved peer, {@code POST /send} with {@code wait=reply}, at a steady rate
 * and one at a time. A latency counts from the time at which the question was due, so that
 * questions that waited for a stalled one count as well (no coordinated omission).
 *
 * <p>{@link #start} starts the only thread that changes the counters; they may be read after {@link
 * #stop}.
 */
final class Probe {
    /** Number of questions due in a second. */
    static final int PER_SECOND = 100;

    private static final long INTERVAL = 1_000_000_000L / PER_SECOND;

    /** Longer than any stall that was seen. */
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    /** Time after the measurement in which questions that are late already are asked still. */
    private static final Duration CATCH_UP = Duration.ofSeconds(10);

    private final EchoPeer peer;
    private final KeepAliveClient client;
    private final Latencies latencies = new Latencies();
    private final Thread thread = Thread.ofPlatform().daemon().name("probe").unstarted(this::run);
    private volatile long stoppedAt = Long.MAX_VALUE;
    private long start;
    private int errors;
    private String firstError = "";

    Probe(Contestant server, EchoPeer peer) {
        this.peer = peer;
        this.client = new KeepAliveClient(server.httpPort(), TIMEOUT);
    }

    /** Asks as fast as the peer answers, so that the server has compiled the code of a question. */
    void warmUp(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        try {
            for (int number = 0; System.nanoTime() < end; number++) {
                ask(number);
            }
        } catch (IOException e) {
            throw new BenchException("the probe fails without an attack: " + e, e);
        }
    }

    void start() {
        start = System.nanoTime();
        thread.start();
    }

    /** Ends the measurement; questions that are due already are asked still, for some time. */
    void stop() {
        stoppedAt = System.nanoTime() - start;
        try {
            thread.join();
            client.close();
        } catch (InterruptedException | IOException e) {
            throw new BenchException("cannot stop the probe", e);
        }
    }

    private void run() {
        long due = 0;
        for (int number = 0; due < stoppedAt; number++) {
            Pause.of(Duration.ofNanos(start + due - System.nanoTime()));
            if (due >= stoppedAt) {
                return;
            }
            // stoppedAt is far from an overflow as soon as it is set
            boolean late =
                    stoppedAt != Long.MAX_VALUE
                            && System.nanoTime() - start > stoppedAt + CATCH_UP.toNanos();
            measure(number, start + due, late);
            due += INTERVAL;
        }
    }

    private void measure(int number, long due, boolean late) {
        try {
            if (late) {
                throw new IOException("not asked, because earlier questions took too long");
            }
            ask(number);
            latencies.add(System.nanoTime() - due);
        } catch (IOException | RuntimeException e) {
            if (errors++ == 0) {
                firstError = e.toString().replaceAll("\\s+", " ");
            }
        }
    }

    private void ask(int number) throws IOException {
        String question = "probe-" + number;
        String path = "/send?to=" + peer.id() + "&wait=reply&timeout=20s";
        String response =
                client.exchange(HttpConnection.request("POST", path, "text/plain", question));
        if (!response.contains("\"" + question + "\"")) {
            throw new IOException("no reply to the question: " + response);
        }
    }

    Latencies latencies() {
        return latencies;
    }

    /** Returns the number of questions without the right answer. */
    int errors() {
        return errors;
    }

    /** Returns what went wrong first; empty if nothing did. */
    String firstError() {
        return firstError;
    }
}
