package io.switchboard.bench;

import java.time.Duration;

/** A server that is measured: a process of its own, one TCP and one HTTP port on loopback. */
interface Contestant {
    String name();

    /** Returns when it answers. */
    void start();

    int tcpPort();

    int httpPort();

    long pid();

    /** Lines of a request's head that let its client in; empty where nobody is kept out. */
    default String credentials() {
        return "";
    }

    /** CPU time that its process has taken, in steps of some 10 ms. */
    default long cpuNanos() {
        return ProcessHandle.of(pid())
                .flatMap(process -> process.info().totalCpuDuration())
                .map(Duration::toNanos)
                .orElse(0L);
    }

    /**
     * How many lines it has received, asked over its HTTP side.
     *
     * @param http connected to it
     */
    long received(Http http);

    void stop();
}
