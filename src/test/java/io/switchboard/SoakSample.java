package io.switchboard;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a service held at one moment at which nobody came or went, and did since the last.
 *
 * @param seconds since the start
 * @param heap reachable bytes, but for what waits in outboxes, which goes up and down with those
 *     who read slowly
 * @param resident bytes
 * @param descriptors but for the peers' sockets
 * @param threads of the kernel
 * @param messages sent to peers since the start
 * @param sendP99 milliseconds that sends to one peer took since the last sample; no collection was
 *     asked for meanwhile
 */
record SoakSample(
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

    /** All that it has open. */
    static long descriptors(long pid) throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
            return open.count();
        }
    }

    /** What is reachable: {@code jcmd} collects first. */
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
