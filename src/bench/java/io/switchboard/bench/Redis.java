package io.switchboard.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.time.Duration;
import java.util.List;

/** The installed {@code redis-server}, in a process of its own, which keeps nothing on disk. */
final class Redis implements AutoCloseable {
    static final String PROGRAM = "redis-server";

    private static final Duration LONGEST_START = Duration.ofSeconds(10);
    private static final int PATIENCE_MILLIS = 5_000;

    private final int port;
    private final ServerProcess process;

    /** Bytes of all answers to INFO so far, which Redis counts among what it has sent. */
    private long told;

    private Redis(int port, ServerProcess process) {
        this.port = port;
        this.process = process;
    }

    /** Whether it can be found. */
    static boolean isInstalled() {
        return Machine.version(PROGRAM).isPresent();
    }

    /** Returns when it answers. */
    static Redis start(Settings settings) {
        int port = ServerProcess.freePort();
        List<String> command =
                List.of(
                        PROGRAM,
                        "--port",
                        String.valueOf(port),
                        "--bind",
                        "127.0.0.1",
                        "--save",
                        "",
                        "--appendonly",
                        "no");
        Redis redis =
                new Redis(
                        port, ServerProcess.start(command, settings.output().resolve("redis.log")));
        long start = System.nanoTime();
        while (!redis.answers()) {
            if (System.nanoTime() - start > LONGEST_START.toNanos()) {
                redis.close();
                throw new Failed("redis-server does not answer: see redis.log");
            }
            Stage.pause(Duration.ofMillis(20));
        }
        return redis;
    }

    private boolean answers() {
        try {
            info();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    int port() {
        return port;
    }

    /** What it has done since it was started. */
    RedisFigures figures() {
        try {
            long toldBefore = told; // the answer itself is counted only in the next
            return RedisFigures.of(info()).withoutSent(toldBefore);
        } catch (IOException e) {
            throw new Failed("Redis does not tell its figures", e);
        }
    }

    /** The answer to INFO, which is a line with its length, and so many bytes. */
    private String info() throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(Loopback.port(port), PATIENCE_MILLIS);
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.getOutputStream().write("INFO everything\r\n".getBytes(UTF_8));
            InputStream in = new BufferedInputStream(socket.getInputStream());
            StringBuilder length = new StringBuilder();
            for (int next = in.read(); next != '\n'; next = in.read()) {
                if (next < 0) {
                    throw new IOException("Redis ended after '" + length + "'");
                }
                length.append((char) next);
            }
            int bytes = Integer.parseInt(length.substring(1).strip());
            told += length.length() + 1 + bytes + 2;
            return new String(in.readNBytes(bytes), UTF_8);
        }
    }

    @Override
    public void close() {
        process.stop();
    }
}
