package io.switchboard;

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
 * A real Redis on 127.0.0.1, of the {@code embedded-redis} jar, that keeps nothing. Started again,
 * it is empty and has the same port.
 */
final class RedisServer implements AutoCloseable {
    private static final String READY = "Ready to accept connections";

    private final Path folder;
    private final List<String> command;
    private final int port;
    private Child process;

    private RedisServer(Path folder, int port, List<String> settings) throws IOException {
        this(folder, port, Map.of(), settings, List.of(), READY);
    }

    /**
     * @param options of the program, after its file
     * @param ready what it prints then
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
        lines.addAll(List.of("bind 127.0.0.1", "save \"\"", "appendonly no", "dir " + folder));
        List<String> all = new ArrayList<>(List.of("env"));
        variables.forEach((name, value) -> all.add(name + "=" + value));
        all.add(ExecutableProvider.newJarResourceProvider(folder.toFile()).get().getPath());
        all.add(Files.write(folder.resolve("redis.conf"), lines).toString());
        all.addAll(options);
        this.command = List.copyOf(all);
        this.process = run(command, ready);
    }

    /**
     * Returns when it takes connections.
     *
     * @param settings more lines of redis.conf, such as {@code requirepass secret}
     */
    static RedisServer start(String... settings) throws IOException {
        int port = FreePort.find();
        List<String> lines = new ArrayList<>(List.of(settings));
        lines.add("port " + port);
        return new RedisServer(folder(), port, lines);
    }

    /** The same, for clients that speak TLS and trust this; they need show none. */
    static RedisServer startTls(Certificate certificate, String... settings) throws IOException {
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

    /** One whose program has these variables in its environment. */
    static RedisServer startWithEnvironment(Map<String, String> variables) throws IOException {
        int port = FreePort.find();
        return new RedisServer(
                folder(), port, variables, List.of("port " + port), List.of(), READY);
    }

    /** A Sentinel that by itself puts a replica in this one's place, once it knows of one. */
    static RedisServer startSentinel(RedisServer master, String name, Duration downAfter)
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

    /** One that is to come: nothing listens on its port yet. */
    static RedisServer stopped() throws IOException {
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

    int port() {
        return port;
    }

    /** What a node needs to know of it; passwords and TLS apart. */
    List<String> properties() {
        return List.of("spring.data.redis.host=127.0.0.1", "spring.data.redis.port=" + port);
    }

    /** Comes back after {@link #kill}. */
    void startAgain() throws IOException {
        process = run(command, READY);
    }

    /** Ends it by SIGKILL; returns when it has ended. */
    void kill() {
        process.close();
    }

    /** Stops it by SIGSTOP: its sockets stay, and nothing is answered. */
    void pause() throws Exception {
        process.pause();
    }

    void resume() throws Exception {
        process.resume();
    }

    @Override
    public void close() throws IOException {
        process.close();
        FileSystemUtils.deleteRecursively(folder);
    }
}
