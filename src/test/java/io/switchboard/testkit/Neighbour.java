package io.switchboard.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A well-behaved peer that replies to each line. The times of its round trips show whether it
 * notices what other clients do.
 */
public final class Neighbour implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Neighbour.class);
    private static final Duration WARM_UP = Duration.ofSeconds(3);

    private final ChildService service;
    private final RawClient peer;
    private final String id;

    private Neighbour(ChildService service, RawClient peer, String id) {
        this.service = service;
        this.peer = peer;
        this.id = id;
    }

    /** Connects to the default listener, and returns after the JVM of the service is warm. */
    public static Neighbour of(ChildService service) throws IOException {
        RawClient peer = service.connect();
        Neighbour neighbour = new Neighbour(service, peer, service.api().idOf(peer));
        Thread.ofPlatform().daemon().start(neighbour::reply);
        neighbour.roundTrips(WARM_UP);
        return neighbour;
    }

    private void reply() {
        try {
            while (true) {
                peer.send(peer.readLine() + "\n");
            }
        } catch (IOException e) {
            log.trace("the test has ended", e);
        }
    }

    /** The round trips of some time: a request through the API, and the reply of the peer. */
    public record RoundTrips(List<Long> sortedMicros) {

        /** Returns the 99th percentile in milliseconds. */
        public double p99() {
            return sortedMicros.get(sortedMicros.size() * 99 / 100) / 1e3;
        }

        @Override
        public String toString() {
            return "p50 %.1f ms, p99 %.1f ms, max %.1f ms of %d round trips"
                    .formatted(
                            sortedMicros.get(sortedMicros.size() / 2) / 1e3,
                            p99(),
                            sortedMicros.getLast() / 1e3,
                            sortedMicros.size());
        }
    }

    /** Measures round trips, one after another. Every one must succeed. */
    public RoundTrips roundTrips(Duration duration) {
        List<Long> micros = new ArrayList<>();
        long end = System.nanoTime() + duration.toNanos();
        do {
            long start = System.nanoTime();
            Api.Answer answer =
                    service.api().post("/send?wait=reply&timeout=30s&to=" + id, "probe");
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            micros.add((System.nanoTime() - start) / 1_000);
        } while (System.nanoTime() - end < 0);
        Collections.sort(micros);
        return new RoundTrips(micros);
    }

    @Override
    public void close() throws IOException {
        peer.close();
    }
}
