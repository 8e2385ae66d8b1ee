package io.switchboard.bench.hostile;

import io.switchboard.bench.BenchException;
import io.switchboard.bench.Pause;
import io.switchboard.bench.contestant.Contestant;
import io.switchboard.bench.load.HttpConnection;
import java.io.IOException;
import java.time.Duration;

/**
 * Asks for the server's health twice a second, each time over a new connection, as a supervisor
 * does. {@link #start} starts the only thread that changes the counters; they may be read after
 * {@link #stop}.
 */
final class HealthProbe {
    private static final Duration INTERVAL = Duration.ofMillis(500);
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final int port;
    private final byte[] request;
    private final Thread thread = Thread.ofPlatform().daemon().name("health").unstarted(this::run);
    private volatile boolean stopped;
    private long maxNanos;
    private int asked;
    private int failures;

    HealthProbe(Contestant server) {
        port = server.httpPort();
        request = HttpConnection.get(server, server.healthPath());
    }

    void start() {
        thread.start();
    }

    void stop() {
        stopped = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new BenchException("cannot stop the health probe", e);
        }
    }

    /** Returns whether the server answers that it is healthy. */
    boolean isHealthy() {
        try (KeepAliveClient client = new KeepAliveClient(port, TIMEOUT)) {
            return client.exchange(request).lines().findFirst().orElse("").contains(" 200");
        } catch (IOException | RuntimeException e) {
            return false;
        }
    }

    private void run() {
        while (!stopped) {
            long start = System.nanoTime();
            boolean healthy = isHealthy();
            long took = System.nanoTime() - start;
            asked++;
            failures += healthy ? 0 : 1;
            maxNanos = healthy ? Math.max(maxNanos, took) : maxNanos;
            Pause.of(INTERVAL.minusNanos(took));
        }
    }

    int asked() {
        return asked;
    }

    int failures() {
        return failures;
    }

    /** Returns the longest time until an answer, in milliseconds. */
    double maxMillis() {
        return maxNanos / 1e6;
    }
}
