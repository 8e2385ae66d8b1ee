package io.switchboard.load;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.ChildService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Connects, sends, receives and disconnects for ten minutes, with a heap of a size that is usual in
 * production. Memory, descriptors and threads must not grow, and must be free after all peers have
 * closed. {@code -Dsoak.minutes=3 -Dsoak.peers=5000} makes it shorter. It writes its figures and a
 * chart to {@code target/soak}.
 *
 * <p>These changes over the last two thirds count as growth: 5 % of the live heap, so that a leak
 * of 100 bytes per connection shows (each of 15,000 peers stays half a minute: 200,000 connections,
 * 20 MB of 60); three descriptors or threads, so that a leak of one per minute shows. Both are
 * measured while no peer connects or closes, and descriptors without the peers' sockets, because
 * their fluctuation would hide a leak.
 */
@Tag("soak")
@Timeout(value = 1, unit = TimeUnit.HOURS)
class SoakIT {
    private static final int PEERS = Integer.getInteger("soak.peers", 15_000);
    private static final double MINUTES =
            Double.parseDouble(System.getProperty("soak.minutes", "10"));
    private static final int LIFE_SECONDS = 30;
    private static final Duration BETWEEN_SAMPLES = Duration.ofSeconds(5);
    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final double MAX_HEAP_GROWTH = 0.05;
    private static final double MAX_DESCRIPTOR_GROWTH = 3;
    private static final double MAX_THREAD_GROWTH = 3;

    /**
     * Descriptors that may remain at the end: HTTP connections and files that were opened later.
     */
    private static final int REMAINING_DESCRIPTORS = 10;

    /** The parameters and figures of a run, and whether nothing grew; written as JSON. */
    private record Result(
            int peers,
            double minutes,
            String heapLimit,
            long connections,
            double connectionsPerSecond,
            double messagesPerSecond,
            double bytesReadPerSecond,
            double sendP99,
            double heapPerPeer,
            double heapAfterAllLeft,
            long descriptorsBefore,
            long descriptorsAfter,
            List<Trend> trends,
            boolean flat,
            List<SoakSample> samples) {}

    @Test
    void nothingGrows() throws Exception {
        try (ChildService service =
                ChildService.startWithOptions(
                        "-Xmx512m",
                        "switchboard.listeners.fleet.port=0",
                        "switchboard.listeners.fleet.identify.pattern=^(?<name>device-\\d+)$",
                        "switchboard.listeners.fleet.on-duplicate=replace",
                        "switchboard.listeners.fleet.groups=fleet",
                        "switchboard.listeners.slow.port=0",
                        "switchboard.listeners.slow.groups=slow",
                        "switchboard.drain.delay=0s")) {
            Api api = service.api();
            long pid = service.process().pid();
            SoakLoad load = new SoakLoad(api);
            load.warmUp();
            double empty = SoakSample.heap(pid);
            long before = SoakSample.descriptors(pid);
            List<SoakSample> samples = new ArrayList<>();
            long connections;
            double seconds;
            long bytes;
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                    SoakCrowd crowd =
                            new SoakCrowd(
                                    service.port(),
                                    port(api, "fleet"),
                                    port(api, "slow"),
                                    PEERS,
                                    LIFE_SECONDS)) {
                await().atMost(TIMEOUT).until(() -> api.total() >= PEERS * 0.99);
                List<Future<?>> senders = load.start(threads);
                long start = System.nanoTime();
                do {
                    Thread.sleep(BETWEEN_SAMPLES);
                    samples.add(sample(pid, api, crowd, load, seconds(start)));
                } while (seconds(start) < MINUTES * 60);
                load.stop();
                for (Future<?> sender : senders) {
                    sender.get();
                }
                seconds = seconds(start);
                connections = crowd.connects();
                bytes = crowd.bytes();
            }
            await().atMost(TIMEOUT).untilAsserted(() -> assertThat(api.total()).isZero());
            await().atMost(TIMEOUT)
                    .untilAsserted(
                            () ->
                                    assertThat(SoakSample.descriptors(pid))
                                            .isLessThanOrEqualTo(before + REMAINING_DESCRIPTORS));
            double after = SoakSample.heap(pid);
            List<SoakSample> compared =
                    samples.stream()
                            .filter(sample -> sample.seconds() >= samples.getLast().seconds() / 3)
                            .toList();
            List<Trend> trends =
                    List.of(
                            Trend.of("heap", compared, SoakSample::heap, m -> MAX_HEAP_GROWTH * m),
                            Trend.of(
                                    "descriptors",
                                    compared,
                                    SoakSample::descriptors,
                                    _ -> MAX_DESCRIPTOR_GROWTH),
                            Trend.of(
                                    "threads",
                                    compared,
                                    SoakSample::threads,
                                    _ -> MAX_THREAD_GROWTH));
            boolean flat = trends.stream().allMatch(Trend::flat);
            Result result =
                    new Result(
                            PEERS,
                            MINUTES,
                            "512m",
                            connections,
                            connections / seconds,
                            samples.getLast().messages() / seconds,
                            bytes / seconds,
                            compared.stream()
                                    .mapToDouble(SoakSample::sendP99)
                                    .average()
                                    .orElseThrow(),
                            (trends.getFirst().mean() - empty) / PEERS,
                            after,
                            before,
                            SoakSample.descriptors(pid),
                            trends,
                            flat,
                            samples);
            write(result, compared.getFirst());
            assertThat(trends).allMatch(Trend::flat);
            load.assertBalanced(connections);
            assertThat(service.logged(" ERROR ")).isEmpty();
        }
    }

    private static int port(Api api, String listener) {
        for (JsonNode row : api.get("/listeners").json().get("listeners")) {
            if (row.get("name").asString().equals(listener)) {
                return row.get("address").get("port").asInt();
            }
        }
        throw new AssertionError("no listener " + listener);
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    private static SoakSample sample(
            long pid, Api api, SoakCrowd crowd, SoakLoad load, double seconds) throws Exception {
        double p99 = load.p99();
        crowd.pause(true);
        try {
            // a client that never reads does not notice that the service closed it
            await().atMost(TIMEOUT)
                    .untilAsserted(
                            () ->
                                    assertThat(api.total())
                                            .isBetween(
                                                    crowd.connected() - SoakCrowd.SLOW,
                                                    crowd.connected()));
            return SoakSample.of(pid, seconds, api, load.sent(), p99);
        } finally {
            crowd.pause(false);
            load.p99();
        }
    }

    private static void write(Result result, SoakSample warm) throws IOException {
        Path directory = Files.createDirectories(Path.of("target", "soak"));
        Files.writeString(
                directory.resolve("soak.json"),
                JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(result),
                UTF_8);
        String title =
                String.format(
                        Locale.ROOT,
                        "%,d peers, %.0f connects and %,.0f messages a second, -Xmx%s: %s",
                        result.peers(),
                        result.connectionsPerSecond(),
                        result.messagesPerSecond(),
                        result.heapLimit(),
                        result.flat() ? "nothing grows" : "it grows");
        Files.writeString(
                directory.resolve("soak.svg"), SoakChart.of(title, result.samples(), warm), UTF_8);
    }
}
