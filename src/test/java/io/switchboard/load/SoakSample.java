package io.switchboard.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.testkit.Api;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Measurements of a service at a moment at which no peer connects or closes.
 *
 * @param seconds the time since the start
 * @param heap reachable bytes without the contents of outboxes, which fluctuate with the clients
 *     that read slowly
 * @param resident resident memory of the process in bytes
 * @param descriptors open file descriptors without the peers' sockets
 * @param threads kernel threads
 * @param peers connected peers
 * @param messages messages sent to peers since the start
 * @param sendP99 99th percentile in milliseconds of the sends to one peer since the last sample;
 *     the test caused no garbage collection in that time
 */
public record SoakSample(
        double seconds,
        double heap,
        double resident,
        double descriptors,
        double threads,
        double peers,
        double messages,
        double sendP99) {
    private static final Pattern TOTAL = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)\\s*$");

    static SoakSample of(long pid, double seconds, Api api, double messages, double sendP99)
            throws IOException {
        Path process = Path.of("/proc", Long.toString(pid));
        String status = Files.readString(process.resolve("status"));
        double resident = 1_024 * number(status, Pattern.compile("(?m)^VmRSS:\\s+(\\d+) kB$"));
        double threads = number(status, Pattern.compile("(?m)^Threads:\\s+(\\d+)$"));
        int peers;
        double descriptors;
        do {
            peers = api.total();
            descriptors = descriptors(pid) - peers;
        } while (api.total() != peers);
        double heap = heap(pid) - api.metric("switchboard_outbox_bytes");
        return new SoakSample(
                seconds, heap, resident, descriptors, threads, peers, messages, sendP99);
    }

    /** Returns the number of open file descriptors. */
    static long descriptors(long pid) throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
            return open.count();
        }
    }

    /** Returns the reachable bytes: {@code jcmd} makes the service collect garbage first. */
    static double heap(long pid) throws IOException {
        String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        Process process =
                new ProcessBuilder(jcmd, Long.toString(pid), "GC.class_histogram")
                        .redirectErrorStream(true)
                        .start();
        return number(new String(process.getInputStream().readAllBytes(), UTF_8), TOTAL);
    }

    private static double number(String text, Pattern pattern) {
        Matcher found = pattern.matcher(text);
        if (!found.find()) {
            throw new AssertionError("no " + pattern + " in " + text);
        }
        return Double.parseDouble(Objects.requireNonNull(found.group(1)));
    }
}
