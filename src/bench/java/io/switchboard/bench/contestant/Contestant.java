package io.switchboard.bench.contestant;

import java.time.Duration;

/** A measured server: a process with one TCP and one HTTP port on a loopback address. */
public interface Contestant {
    String name();

    /** Starts the process, and returns when it responds to HTTP requests. */
    void start();

    int tcpPort();

    int httpPort();

    long pid();

    /** Returns the header lines with which a request authenticates; empty if none are needed. */
    default String credentials() {
        return "";
    }

    /** Returns the CPU time of the process in nanoseconds, with a resolution of about 10 ms. */
    default long cpuNanos() {
        return ProcessHandle.of(pid())
                .flatMap(process -> process.info().totalCpuDuration())
                .map(Duration::toNanos)
                .orElse(0L);
    }

    /** Returns the path of the HTTP resource that contains the number of received lines. */
    String statsPath();

    /** Returns the path of the HTTP resource that tells whether the server is healthy. */
    default String healthPath() {
        return statsPath();
    }

    /**
     * Returns the number of lines that this server has received.
     *
     * @param stats the body of the resource at {@link #statsPath}
     */
    long received(String stats);

    void stop();
}
