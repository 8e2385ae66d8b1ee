package io.switchboard.bench.contestant;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.bench.BenchException;
import io.switchboard.bench.Pause;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** A child process. A shutdown hook kills it if the run is aborted. */
final class ServerProcess {
    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(15);
    private static final int POLL_MILLIS = 5;
    private static final int SOCKET_TIMEOUT_MILLIS = 2_000;

    /** Ports below the default range from which Linux takes the ports of outgoing connections. */
    private static final int MIN_PORT = 20_000;

    private static final int MAX_PORT = 32_000;
    private static final Set<Process> running = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(() -> running.forEach(Process::destroyForcibly), "cleaner"));
    }

    private final Process process;
    private final long startedAt = System.nanoTime();

    private ServerProcess(Process process) {
        this.process = process;
        running.add(process);
    }

    /**
     * Starts a process.
     *
     * @param log file to which the output of the process is appended
     */
    static ServerProcess start(List<String> command, Path log) {
        File file = log.toFile();
        try {
            return new ServerProcess(
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.appendTo(file))
                            .start());
        } catch (IOException e) {
            throw new BenchException("cannot start " + command, e);
        }
    }

    /**
     * Returns what {@code program --version} prints, or empty if the program cannot be started or
     * fails.
     */
    static Optional<String> version(String program) {
        try {
            Process process =
                    new ProcessBuilder(program, "--version").redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
            return process.waitFor() == 0 ? Optional.of(output) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            throw new BenchException("interrupted", e);
        }
    }

    /** Returns a random port of the loopback address that is free at the moment. */
    static int freePort() {
        IOException lastError = null;
        for (int attempt = 0; attempt < 100; attempt++) {
            int port = ThreadLocalRandom.current().nextInt(MIN_PORT, MAX_PORT);
            try (ServerSocket socket =
                    new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException e) {
                lastError = e;
            }
        }
        throw new BenchException("no free port: " + lastError);
    }

    /**
     * Waits until the response to {@code GET path} has the status 200.
     *
     * @return the time since the start of the process
     */
    Duration awaitResponse(int port, String path) {
        while (!responds(port, path)) {
            if (!process.isAlive()) {
                throw new BenchException(
                        "the server exited with " + process.exitValue() + ": see its log");
            }
            if (System.nanoTime() - startedAt > START_TIMEOUT.toNanos()) {
                throw new BenchException(
                        "the server does not respond within " + START_TIMEOUT.toSeconds() + " s");
            }
            Pause.of(Duration.ofMillis(POLL_MILLIS));
        }
        return Duration.ofNanos(System.nanoTime() - startedAt);
    }

    private static boolean responds(int port, String path) {
        try (Socket socket = new Socket()) {
            socket.connect(Loopback.server(port), SOCKET_TIMEOUT_MILLIS);
            socket.setSoTimeout(SOCKET_TIMEOUT_MILLIS);
            socket.getOutputStream()
                    .write(
                            "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n"
                                    .formatted(path)
                                    .getBytes(ISO_8859_1));
            try (InputStream in = socket.getInputStream()) {
                return new String(in.readNBytes(12), ISO_8859_1).endsWith(" 200");
            }
        } catch (IOException e) {
            return false;
        }
    }

    long pid() {
        return process.pid();
    }

    /** Sends SIGTERM, and SIGKILL if the process has not exited after the timeout. */
    void stop() {
        process.destroy();
        awaitExit(STOP_TIMEOUT);
        process.destroyForcibly();
        running.remove(process);
    }

    /** Returns whether the process exited within the timeout. */
    boolean awaitExit(Duration timeout) {
        try {
            return process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new BenchException("interrupted", e);
        }
    }
}
