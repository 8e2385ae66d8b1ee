package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Clients that have a gigabyte to send, and no line feed in it: each is told and closed, and memory
 * does not hear of them.
 *
 * <p>The service's young generation is small and was filled once before anything is measured: what
 * grows then is kept by somebody.
 */
@Tag("system")
class EndlessFrameIT {
    private static final String SMALL_HEAP = "-XX:+UseSerialGC -Xmx256m -Xms64m -Xmn8m";
    private static final long GIGABYTE = 1L << 30;
    private static final long MEBIBYTE = 1L << 20;
    private static final int MAX_FRAME = 64 * 1024;
    private static final int AT_ONCE = 16;
    private static final int CONNECTS = (int) (GIGABYTE / MAX_FRAME);

    /** What may be kept of a peer that is closed, and in garbage that nobody has collected yet. */
    private static final long LITTLE = 4 * 1024;

    private static final String TOLD =
            "error frame_too_large: a frame is longer than max-frame, 65536 bytes";
    private static final int WARM_UP = 4;

    /** The service reads on for a second after its last word, so that nothing overtakes that. */
    private static final Duration STOPPED = Duration.ofSeconds(5);

    private final byte[] chunk = new byte[256 * 1024];

    @Test
    void costsNothing() throws Exception {
        try (ChildService service = ChildService.startWithOptions(SMALL_HEAP)) {
            for (int i = 0; i < WARM_UP; i++) {
                together(service, AT_ONCE);
            }
            comeAgain(service, CONNECTS / 8);
            long before = resident(service);
            long sent = together(service, 1);
            long afterOne = resident(service);
            together(service, AT_ONCE);
            long afterMany = resident(service);
            comeAgain(service, CONNECTS);
            long afterAll = resident(service);
            System.out.printf(
                    "endless frame: resident memory grew by %d KiB with one peer (of %d MiB), by %d"
                            + " KiB with %d at once, by %d KiB with %d that came and began anew%n",
                    (afterOne - before) / 1024,
                    sent / MEBIBYTE,
                    (afterMany - afterOne) / 1024,
                    AT_ONCE,
                    (afterAll - afterMany) / 1024,
                    CONNECTS);

            assertThat(afterOne - before).isLessThan(MEBIBYTE);
            assertThat(afterMany - afterOne).isLessThan(AT_ONCE * MEBIBYTE);
            assertThat(afterAll - afterMany).isLessThan(CONNECTS * LITTLE);
            assertThat(closedAsTooLarge(service))
                    .isEqualTo((WARM_UP + 1) * AT_ONCE + 1 + CONNECTS / 8 + CONNECTS);
            assertThat(service.logged(" ERROR ")).isEmpty();
        }
    }

    /**
     * As many bytes as the gigabyte has, by clients of which each is refused at its first frame.
     */
    private void comeAgain(ChildService service, int times) throws IOException {
        byte[] begun = new byte[MAX_FRAME + 2];
        for (int i = 0; i < times; i++) {
            try (RawClient client = service.connect()) {
                client.send(begun);
                assertThat(client.readLine()).isEqualTo(TOLD);
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

    /** Returns how many bytes the kernel took of one of so many. */
    private long together(ChildService service, int clients) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Long>> work = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                work.add(() -> sendUntilStopped(service));
            }
            long most = 0;
            for (Future<Long> sent : threads.invokeAll(work)) {
                most = Math.max(most, sent.get());
            }
            return most;
        }
    }

    private long sendUntilStopped(ChildService service) throws Exception {
        try (RawClient client = service.connect()) {
            long start = System.nanoTime();
            Future<Long> sent;
            try (ExecutorService sender = Executors.newVirtualThreadPerTaskExecutor()) {
                sent = sender.submit(() -> send(client));
                assertThat(client.readLine()).isEqualTo(TOLD);
            }
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(STOPPED);
            return sent.get();
        }
    }

    /** Returns how many bytes went before the service hung up. */
    private long send(RawClient client) {
        long sent = 0;
        try {
            while (sent < GIGABYTE) {
                client.send(chunk);
                sent += chunk.length;
            }
        } catch (IOException e) {
            // it has hung up
        }
        return sent;
    }
}
