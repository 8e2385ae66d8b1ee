package io.switchboard.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** A process that this one started, and ends, also when the run is broken off. */
final class ServerProcess {
    private static final Duration LONGEST_START = Duration.ofSeconds(60);
    private static final Duration LONGEST_STOP = Duration.ofSeconds(15);
    private static final int POLL_MILLIS = 5;
    private static final int PATIENCE_MILLIS = 2_000;

    /** Below the range the kernel takes the ports of outgoing connections from. */
    private static final int LOWEST_PORT = 20_000;

    private static final int HIGHEST_PORT = 32_000;
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
     * @param log what it prints is appended there
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
            throw new Failed("cannot start " + command, e);
        }
    }

    /** A port that nobody has now. */
    static int freePort() {
        IOException taken = null;
        for (int tries = 0; tries < 100; tries++) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST_PORT, HIGHEST_PORT);
            try (ServerSocket socket =
                    new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException e) {
                taken = e;
            }
        }
        throw new Failed("no free port: " + taken);
    }

    /**
     * Waits until {@code GET path} answers 200.
     *
     * @return how long that took since the start
     */
    Duration awaitAnswer(int port, String path) {
        while (!answers(port, path)) {
            if (!process.isAlive()) {
                throw new Failed("it ended with " + process.exitValue() + ": see its log");
            }
            if (System.nanoTime() - startedAt > LONGEST_START.toNanos()) {
                throw new Failed("does not answer within " + LONGEST_START.toSeconds() + " s");
            }
            Stage.pause(Duration.ofMillis(POLL_MILLIS));
        }
        return Duration.ofNanos(System.nanoTime() - startedAt);
    }

    private static boolean answers(int port, String path) {
        try (Socket socket = new Socket()) {
            socket.connect(Loopback.port(port), PATIENCE_MILLIS);
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.getOutputStream().write(Http.get(path));
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

    void stop() {
        process.destroy();
        awaitEnd(LONGEST_STOP);
        process.destroyForcibly();
        running.remove(process);
    }

    /** Whether it ended in that time. */
    boolean awaitEnd(Duration most) {
        try {
            return process.waitFor(most.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new Failed("interrupted", e);
        }
    }
}
