package io.switchboard.bench.contestant;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.bench.BenchException;
import io.switchboard.bench.Pause;
import io.switchboard.bench.Settings;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.time.Duration;
import java.util.List;

/** The installed {@code redis-server} in its own process, without persistence. */
public final class Redis implements AutoCloseable {
    public static final String PROGRAM = "redis-server";

    private static final Duration START_TIMEOUT = Duration.ofSeconds(10);
    private static final int SOCKET_TIMEOUT_MILLIS = 5_000;

    private final int port;
    private final ServerProcess process;

    /**
     * Bytes of all replies to INFO so far. Redis includes them in its count of sent bytes. Only the
     * main thread uses this field.
     */
    private long infoBytes;

    private Redis(int port, ServerProcess process) {
        this.port = port;
        this.process = process;
    }

    /** Returns whether the program is on the PATH. */
    public static boolean isInstalled() {
        return ServerProcess.version(PROGRAM).isPresent();
    }

    /** Starts Redis on a free port, and returns when it replies. */
    public static Redis start(Settings settings) {
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
        while (!redis.responds()) {
            if (System.nanoTime() - start > START_TIMEOUT.toNanos()) {
                redis.close();
                throw new BenchException("redis-server does not reply: see redis.log");
            }
            Pause.of(Duration.ofMillis(20));
        }
        return redis;
    }

    private boolean responds() {
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

    /** Returns the statistics since the start, without the bytes of earlier INFO replies. */
    public RedisStats stats() {
        try {
            long infoBytesBefore = infoBytes; // INFO does not yet count the bytes of its own reply
            return RedisStats.of(info()).withoutSent(infoBytesBefore);
        } catch (IOException e) {
            throw new BenchException("cannot read the statistics of Redis", e);
        }
    }

    /** Returns the reply to INFO, a RESP bulk string: a line with the length, then the bytes. */
    private String info() throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(Loopback.server(port), SOCKET_TIMEOUT_MILLIS);
            socket.setSoTimeout(SOCKET_TIMEOUT_MILLIS);
            socket.getOutputStream().write("INFO everything\r\n".getBytes(UTF_8));
            InputStream in = new BufferedInputStream(socket.getInputStream());
            StringBuilder length = new StringBuilder();
            for (int next = in.read(); next != '\n'; next = in.read()) {
                if (next < 0) {
                    throw new IOException("Redis closed the connection after '" + length + "'");
                }
                length.append((char) next);
            }
            int bytes = Integer.parseInt(length.substring(1).strip());
            infoBytes += length.length() + 1 + bytes + 2;
            return new String(in.readNBytes(bytes), UTF_8);
        }
    }

    @Override
    public void close() {
        process.stop();
    }
}
