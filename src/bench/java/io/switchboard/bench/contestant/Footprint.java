package io.switchboard.bench.contestant;

import io.switchboard.bench.BenchException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a server holds at one moment.
 *
 * @param heap megabytes of reachable objects
 * @param descriptors number of open file descriptors
 * @param threads number of threads of the operating system
 */
public record Footprint(double heap, long descriptors, int threads) {
    /** Differences that are no leak: caches, kept events, pools that grew to their usual size. */
    private static final Footprint TOLERANCE = new Footprint(16, 16, 16);

    private static final Pattern THREADS = Pattern.compile("(?m)^Threads:\\s+(\\d+)$");

    /**
     * Reads the present values.
     *
     * @param heap megabytes of reachable objects
     */
    public static Footprint read(long pid, double heap) {
        Path process = Path.of("/proc", String.valueOf(pid));
        try (Stream<Path> descriptors = Files.list(process.resolve("fd"))) {
            Matcher threads = THREADS.matcher(Files.readString(process.resolve("status")));
            if (!threads.find()) {
                throw new BenchException("no Threads in the status of process " + pid);
            }
            return new Footprint(heap, descriptors.count(), Integer.parseInt(threads.group(1)));
        } catch (IOException e) {
            throw new BenchException("cannot read /proc of process " + pid, e);
        }
    }

    /** Returns whether no value exceeds that of {@code baseline} by more than the tolerance. */
    public boolean isBackTo(Footprint baseline) {
        return heap <= baseline.heap + TOLERANCE.heap
                && descriptors <= baseline.descriptors + TOLERANCE.descriptors
                && threads <= baseline.threads + TOLERANCE.threads;
    }
}
