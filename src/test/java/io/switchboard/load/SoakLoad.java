package io.switchboard.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.Api;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.databind.JsonNode;

/** Sends to single peers, to groups and to all peers at a constant rate, and counts the results. */
final class SoakLoad {
    private static final Duration TO_ONE = Duration.ofMillis(10);
    private static final Duration TO_FLEET = Duration.ofMillis(500);
    private static final Duration TO_ALL = Duration.ofSeconds(2);
    private static final Duration TO_SLOW = Duration.ofMillis(200);
    private static final byte[] SHORT = new byte[60];
    private static final byte[] LONG = new byte[16 * 1024];
    private static final int WARM_UP = 50;

    static {
        Arrays.fill(SHORT, (byte) 'x');
        Arrays.fill(LONG, (byte) 'x');
    }

    private final Api api;
    private final AtomicLong offered = new AtomicLong();

    /** Sends to a peer that closed at that moment; the message may have been offered or not. */
    private final AtomicLong maybeOffered = new AtomicLong();

    /** Guarded by itself. */
    private final List<Double> latencies = new ArrayList<>();

    private volatile boolean ended;

    SoakLoad(Api api) {
        this.api = api;
    }

    /** Makes the service open the descriptors and load the classes that this load needs. */
    void warmUp() {
        for (int i = 0; i < WARM_UP; i++) {
            broadcast("all", SHORT);
            api.total();
            counted("sent_messages");
        }
    }

    List<Future<?>> start(ExecutorService threads) {
        return List.of(
                threads.submit(this::toOnes),
                threads.submit(() -> repeat(TO_FLEET, () -> broadcast("group:fleet", SHORT))),
                threads.submit(() -> repeat(TO_ALL, () -> broadcast("all", SHORT))),
                threads.submit(() -> repeat(TO_SLOW, () -> broadcast("group:slow", LONG))));
    }

    void stop() {
        ended = true;
    }

    private void repeat(Duration every, Runnable work) {
        long next = System.nanoTime();
        while (!ended) {
            work.run();
            next = Math.max(next + every.toNanos(), System.nanoTime());
            LockSupport.parkNanos(next - System.nanoTime());
        }
    }

    private void broadcast(String to, byte[] body) {
        String path = "/send?results=none&timeout=1s&to=" + to;
        JsonNode report = api.post(path, body).json();
        offered.addAndGet(report.get("matched").asLong());
    }

    private void toOnes() {
        Random random = new Random(7);
        while (!ended) {
            List<String> ids = new ArrayList<>();
            for (JsonNode peer :
                    api.get("/peers?sort=-connectedAt&limit=1000").json().get("peers")) {
                ids.add(peer.get("id").asString());
            }
            for (int i = 0; i < 200 && !ids.isEmpty() && !ended; i++) {
                toOne(ids.get(random.nextInt(ids.size())));
                LockSupport.parkNanos(TO_ONE.toNanos());
            }
        }
    }

    private void toOne(String id) {
        long start = System.nanoTime();
        int status = api.post("/send?to=" + id, SHORT).status();
        synchronized (latencies) {
            latencies.add((System.nanoTime() - start) / 1e6);
        }
        switch (status) {
            case 200, 202, 429 -> offered.incrementAndGet();
            case 410 -> maybeOffered.incrementAndGet();
            default -> throw new AssertionError("a send to one peer was answered with " + status);
        }
    }

    /** Returns the 99th percentile in milliseconds of the sends to one peer since the last call. */
    double p99() {
        synchronized (latencies) {
            latencies.sort(null);
            double p99 = latencies.isEmpty() ? 0 : latencies.get(latencies.size() * 99 / 100);
            latencies.clear();
            return p99;
        }
    }

    /** Returns the number of messages that the service has written so far. */
    double sent() {
        return counted("sent_messages");
    }

    private double counted(String meter) {
        return api.get("/actuator/prometheus")
                .body()
                .lines()
                .filter(line -> line.matches("switchboard_" + meter + "_total\\{.*"))
                .mapToDouble(line -> Double.parseDouble(line.split(" ", -1)[1]))
                .sum();
    }

    /**
     * Checks the counters after all peers have closed: each accepted connection was closed, and
     * each offered message was written, failed or refused.
     */
    void assertBalanced(long connections) {
        double ended =
                counted("sent_messages") + counted("failed_messages") + counted("refused_messages");
        // the service sends a line to a peer that it replaces with a new one of the same name
        double most = offered.get() + maybeOffered.get() + counted("closed_replaced_connections");
        assertThat(ended).isBetween((double) offered.get(), most);
        assertThat(counted("failed_messages") + counted("refused_messages")).isPositive();
        assertThat(counted("accepted_connections"))
                .isEqualTo(counted("closed_[a-z_]+_connections"))
                .isBetween(connections * 0.99, (double) connections);
        assertThat(api.metric("switchboard_outbox_bytes")).isZero();
    }
}
