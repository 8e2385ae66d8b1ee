package io.switchboard.bench.report;

import io.switchboard.bench.BenchException;
import java.util.Arrays;
import java.util.stream.IntStream;

/** All latencies of a measurement, in nanoseconds. Not thread-safe. */
public final class Latencies {
    private long[] nanos = new long[1024];
    private int count;

    public void add(long value) {
        if (count == nanos.length) {
            nanos = Arrays.copyOf(nanos, count * 2);
        }
        nanos[count++] = value;
    }

    public int count() {
        return count;
    }

    /** Returns which latencies are above a limit, as indices in the order of {@link #add}. */
    public int[] above(double millis) {
        return IntStream.range(0, count).filter(index -> nanos[index] > millis * 1e6).toArray();
    }

    /** Returns the smallest latency, in milliseconds, that {@code percent} % do not exceed. */
    public double percentile(double percent) {
        if (count == 0) {
            throw new BenchException("no latency was measured");
        }
        long[] sorted = Arrays.copyOf(nanos, count);
        Arrays.sort(sorted);
        int rank = (int) Math.ceil(percent / 100 * count);
        return sorted[Math.max(rank, 1) - 1] / 1e6;
    }
}
