package io.switchboard.transport.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Attempts;
import io.switchboard.testkit.ChildFootprint;
import io.switchboard.testkit.ChildService;
import io.switchboard.testkit.RawClient;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Clients send a gigabyte without a line feed: each one reads an error line and is closed, and the
 * service's memory does not grow.
 *
 * <p>The service's young generation is small and is filled once before the measurement. Memory that
 * grows afterwards is therefore memory that is still referenced.
 */
@Tag("system")
class EndlessFrameIT {
    private static final String SMALL_HEAP = "-XX:+UseSerialGC -Xmx256m -Xms64m -Xmn8m";
    private static final long GIGABYTE = 1L << 30;
    private static final long MEBIBYTE = 1L << 20;
    private static final int MAX_FRAME = 64 * 1024;
    private static final int AT_ONCE = 16;
    private static final int CONNECTS = (int) (GIGABYTE / MAX_FRAME);

    /** Bytes that a closed peer may leave in the history and as uncollected garbage. */
    private static final long PER_PEER = 4 * 1024;

    private static final String ERROR_LINE =
            "error frame_too_large: a frame is longer than max-frame, 65536 bytes";
    private static final int WARM_UP = 4;

    /** After the error line the service reads for up to 1 s, so that no RST overtakes the line. */
    private static final Duration STOPPED = Duration.ofSeconds(30);

    /**
     * How long the service reads and drops bytes after an error line. If a client that still sends
     * does not run for this long, an RST may overtake the line.
     */
    private static final Duration LINGERING = Duration.ofSeconds(1);

    /** The number of clients that have sent an endless frame. */
    private final AtomicInteger clients = new AtomicInteger();

    private final byte[] chunk = new byte[256 * 1024];

    @Test
    void anEndlessFrameCostsNoMemory() throws Exception {
        try (ChildService service = ChildService.startWithOptions(SMALL_HEAP)) {
            for (int i = 0; i < WARM_UP; i++) {
                together(service, AT_ONCE);
            }
            connectInTurn(service, CONNECTS / 8);
            long before = resident(service);
            long sent = together(service, 1);
            long afterOne = resident(service);
            together(service, AT_ONCE);
            long afterMany = resident(service);
            connectInTurn(service, CONNECTS);
            long afterAll = resident(service);
            System.out.printf(
                    "endless frame: resident memory grew by %d KiB with one peer (of %d MiB), by %d"
                            + " KiB with %d at once, by %d KiB with %d that connected one after another%n",
                    (afterOne - before) / 1024,
                    sent / MEBIBYTE,
                    (afterMany - afterOne) / 1024,
                    AT_ONCE,
                    (afterAll - afterMany) / 1024,
                    CONNECTS);

            assertThat(afterOne - before).isLessThan(MEBIBYTE);
            assertThat(afterMany - afterOne).isLessThan(AT_ONCE * MEBIBYTE);
            assertThat(afterAll - afterMany).isLessThan(CONNECTS * PER_PEER);
            await().untilAsserted(
                            () ->
                                    assertThat(closedAsTooLarge(service))
                                            .isEqualTo(clients.get() + CONNECTS / 8 + CONNECTS));
            assertThat(service.logged(" ERROR ")).isEmpty();
        }
    }

    /** Connects this many clients one after another; each one is closed at its first frame. */
    private void connectInTurn(ChildService service, int times) throws IOException {
        byte[] unfinished = new byte[MAX_FRAME + 2];
        for (int i = 0; i < times; i++) {
            try (RawClient client = service.connect()) {
                client.send(unfinished);
                assertThat(client.readLine()).isEqualTo(ERROR_LINE);
            }
        }
    }

    private static int closedAsTooLarge(ChildService service) {
        return (int)
                service.api()
                        .metric(
                                "switchboard_closed_frame_too_large_connections_total{listener=\"default\"}");
    }

    private static long resident(ChildService service) throws IOException {
        return ChildFootprint.of(service.process()).resident();
    }

    /** Connects several clients at once; returns the largest number of bytes one of them sent. */
    private long together(ChildService service, int clients) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Long>> work = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                work.add(() -> sendUntilStopped(service));
            }
            long largest = 0;
            for (Future<Long> sent : threads.invokeAll(work)) {
                largest = Math.max(largest, sent.get());
            }
            return largest;
        }
    }

    private long sendUntilStopped(ChildService service) throws Exception {
        AtomicLong sent = new AtomicLong();
        Attempts.within(
                LINGERING,
                () -> {
                    clients.incrementAndGet();
                    sent.set(sendOnceUntilStopped(service));
                });
        return sent.get();
    }

    private long sendOnceUntilStopped(ChildService service) throws Exception {
        try (RawClient client = service.connect()) {
            long start = System.nanoTime();
            Future<Long> sent;
            try (ExecutorService sender = Executors.newVirtualThreadPerTaskExecutor()) {
                sent = sender.submit(() -> send(client));
                assertThat(client.readLine()).isEqualTo(ERROR_LINE);
            }
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(STOPPED);
            return sent.get();
        }
    }

    /** Returns the number of bytes sent before the service closed the connection. */
    private long send(RawClient client) {
        long sent = 0;
        try {
            while (sent < GIGABYTE) {
                client.send(chunk);
                sent += chunk.length;
            }
        } catch (IOException e) {
            // the service has closed the connection
        }
        return sent;
    }
}
