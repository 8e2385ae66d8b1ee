package io.switchboard.net;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The division of the open files that RLIMIT_NOFILE (getrlimit(2)) allows this process. A file is
 * reserved for each connection that a listener or HTTP may have.
 *
 * @param limit the number of files that this process may have open
 * @param reserve the files for everything else: the service's own files, listening sockets, the
 *     connections of webhooks and of a cluster
 * @param http the maximum number of HTTP connections
 * @param listeners the maximum number of connections of each stream listener, by its name
 */
public record OpenFiles(long limit, long reserve, int http, Map<String, Integer> listeners) {
    private static final int MAX_CONNECTIONS = 50_000;
    private static final int MAX_RESERVE = 512;

    /** Without configuration, HTTP gets at most this part of what is left beside the reserve. */
    private static final int HTTP_PART = 5;

    /**
     * The connections that HTTP may have.
     *
     * @param configured the number that the operator has set; null if there is none
     * @param max the most that HTTP takes if there is no configured number
     */
    public record HttpDemand(@Nullable Integer configured, int max) {}

    /**
     * Divides the limit of this process. {@link #divide(long, HttpDemand, Map)} has the parameters.
     */
    public static OpenFiles divide(HttpDemand http, Map<String, @Nullable Integer> listeners) {
        return divide(limitOfThisProcess(), http, listeners);
    }

    /**
     * Divides a limit. 512 files are the reserve, or three quarters of the limit if that is less. A
     * configured number counts as it is. Of the rest, HTTP gets at most a fifth, and the listeners
     * without a configured number share what is left in equal parts. Each gets at least one.
     *
     * @param listeners the configured maximum number of connections of each stream listener, by its
     *     name; null if there is none
     */
    public static OpenFiles divide(
            long limit, HttpDemand http, Map<String, @Nullable Integer> listeners) {
        long reserve = Math.min(MAX_RESERVE, limit / 4 * 3);
        long left = limit - reserve;
        int forHttp =
                http.configured() != null
                        ? http.configured()
                        : Math.clamp(left / HTTP_PART, 1, http.max());
        left -= forHttp;
        int sharing = 0;
        for (Integer configured : listeners.values()) {
            if (configured == null) {
                sharing++;
            } else {
                left -= configured;
            }
        }
        int share = Math.clamp(left / Math.max(1, sharing), 1, MAX_CONNECTIONS);
        Map<String, Integer> shares = new TreeMap<>();
        listeners.forEach(
                (name, configured) -> shares.put(name, configured == null ? share : configured));
        return new OpenFiles(limit, reserve, forHttp, shares);
    }

    /**
     * Returns the number of files that this process may have open, or {@link Integer#MAX_VALUE} if
     * the operating system does not report it.
     */
    private static long limitOfThisProcess() {
        return ManagementFactory.getOperatingSystemMXBean()
                        instanceof UnixOperatingSystemMXBean unix
                ? unix.getMaxFileDescriptorCount()
                : Integer.MAX_VALUE;
    }

    /** Returns by how many files the reserve and all shares together exceed the limit. */
    public long excess() {
        long sum = reserve + http;
        for (int share : listeners.values()) {
            sum += share;
        }
        return Math.max(0, sum - limit);
    }
}
