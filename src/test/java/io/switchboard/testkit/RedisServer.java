package io.switchboard.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.springframework.util.FileSystemUtils;
import redis.embedded.core.ExecutableProvider;

/**
 * A real Redis on 127.0.0.1 from the {@code embedded-redis} jar, without persistence unless it is
 * durable. After a restart it is empty and has the same port.
 */
public final class RedisServer implements AutoCloseable {
    private static final String READY = "Ready to accept connections";

    private static final String DURABLE = "appendonly yes";

    private final Path folder;
    private final List<String> command;
    private final int port;
    private Child process;

    private RedisServer(Path folder, int port, List<String> settings) throws IOException {
        this(folder, port, Map.of(), settings, List.of(), READY);
    }

    /**
     * @param options command-line options after the configuration file
     * @param ready the text that the program prints when it is ready
     */
    private RedisServer(
            Path folder,
            int port,
            Map<String, String> variables,
            List<String> settings,
            List<String> options,
            String ready)
            throws IOException {
        this.folder = folder;
        this.port = port;
        List<String> lines = new ArrayList<>(settings);
        lines.addAll(List.of("bind 127.0.0.1", "save \"\"", "dir " + folder));
        if (!settings.contains(DURABLE)) {
            lines.add("appendonly no");
        }
        List<String> all = new ArrayList<>(List.of("env"));
        variables.forEach((name, value) -> all.add(name + "=" + value));
        all.add(ExecutableProvider.newJarResourceProvider(folder.toFile()).get().getPath());
        all.add(Files.write(folder.resolve("redis.conf"), lines).toString());
        all.addAll(options);
        this.command = List.copyOf(all);
        this.process = run(command, ready);
    }

    /**
     * Starts a Redis; returns when it accepts connections.
     *
     * @param settings additional lines of redis.conf, such as {@code requirepass secret}
     */
    public static RedisServer start(String... settings) throws IOException {
        int port = FreePort.find();
        List<String> lines = new ArrayList<>(List.of(settings));
        lines.add("port " + port);
        return new RedisServer(folder(), port, lines);
    }

    /** Starts a Redis that has its data again when it is started again after {@link #kill}. */
    public static RedisServer startDurable(String... settings) throws IOException {
        List<String> lines = new ArrayList<>(List.of(settings));
        lines.addAll(List.of(DURABLE, "appendfsync always"));
        return start(lines.toArray(String[]::new));
    }

    /** Starts a Redis with TLS and this certificate; it requires no client certificate. */
    public static RedisServer startTls(Certificate certificate, String... settings)
            throws IOException {
        int port = FreePort.find();
        List<String> lines = new ArrayList<>(List.of(settings));
        lines.addAll(
                List.of(
                        "port 0",
                        "tls-port " + port,
                        "tls-cert-file " + certificate.certificate(),
                        "tls-key-file " + certificate.key(),
                        "tls-ca-cert-file " + certificate.certificate(),
                        "tls-auth-clients no"));
        return new RedisServer(folder(), port, lines);
    }

    /** Starts a Redis with these environment variables. */
    public static RedisServer startWithEnvironment(Map<String, String> variables)
            throws IOException {
        int port = FreePort.find();
        return new RedisServer(
                folder(), port, variables, List.of("port " + port), List.of(), READY);
    }

    /**
     * Starts a Sentinel that promotes a replica if this master fails; returns when it knows a
     * replica.
     */
    public static RedisServer startSentinel(RedisServer master, String name, Duration downAfter)
            throws IOException {
        int port = FreePort.find();
        return new RedisServer(
                folder(),
                port,
                Map.of(),
                List.of(
                        "port " + port,
                        "sentinel monitor %s 127.0.0.1 %d 1".formatted(name, master.port()),
                        "sentinel down-after-milliseconds %s %d"
                                .formatted(name, downAfter.toMillis())),
                List.of("--sentinel"),
                "+slave ");
    }

    /** Returns a Redis that is not running, so that no socket listens on its port. */
    public static RedisServer stopped() throws IOException {
        RedisServer server = start();
        server.kill();
        return server;
    }

    private static Path folder() throws IOException {
        return Files.createTempDirectory("redis");
    }

    private static Child run(List<String> command, String ready) throws IOException {
        Child process = Child.startWithErrors(command.toArray(String[]::new));
        try {
            process.awaitOutput(ready);
            return process;
        } catch (RuntimeException | Error e) {
            process.close();
            throw e;
        }
    }

    public int port() {
        return port;
    }

    /** Returns the properties with which a node connects, except for passwords and TLS. */
    List<String> properties() {
        return List.of("spring.data.redis.host=127.0.0.1", "spring.data.redis.port=" + port);
    }

    /** Starts the server again after {@link #kill}. */
    public void startAgain() throws IOException {
        process = run(command, READY);
    }

    /** Kills the server with SIGKILL and waits until it has ended. */
    public void kill() {
        process.close();
    }

    /** Sends SIGSTOP: the sockets stay open, but the server does not answer. */
    public void pause() throws Exception {
        process.pause();
    }

    public void resume() throws Exception {
        process.resume();
    }

    @Override
    public void close() throws IOException {
        process.close();
        FileSystemUtils.deleteRecursively(folder);
    }
}
