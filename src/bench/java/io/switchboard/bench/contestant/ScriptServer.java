package io.switchboard.bench.contestant;

import io.switchboard.bench.BenchException;
import io.switchboard.bench.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A rival: a short server in Node.js or Python with the functions that the benchmark needs. Its
 * source is in {@code src/bench/node} or {@code src/bench/python}.
 */
public final class ScriptServer implements Contestant {
    public static final String NODE = "node";
    public static final String PYTHON = "python";

    private static final String STATS = "/stats";

    private final String name;
    private final List<String> command;
    private final List<String> arguments;
    private final Path log;
    private final int tcpPort = ServerProcess.freePort();
    private final int httpPort = ServerProcess.freePort();
    private @Nullable ServerProcess process;

    private ScriptServer(
            Settings settings,
            String name,
            String source,
            List<String> arguments,
            String... options) {
        this.name = name;
        this.arguments = arguments;
        this.command = new ArrayList<>();
        command.add(interpreter(name));
        command.addAll(List.of(options));
        command.add(settings.sources().resolve(source).toString());
        this.log = settings.output().resolve(name + ".log");
    }

    public static ScriptServer of(Settings settings, String name) {
        return switch (name) {
            case NODE -> new ScriptServer(settings, NODE, "node/switchboard.js", List.of());
            case PYTHON -> new ScriptServer(settings, PYTHON, "python/switchboard.py", List.of());
            default ->
                    throw new BenchException(
                            "unknown rival '"
                                    + name
                                    + "' in -Dbench.rivals; valid names: node, python");
        };
    }

    /** Returns the server in Node.js for frames with a length field of two bytes. */
    public static ScriptServer nodeWithLengths(Settings settings) {
        return new ScriptServer(settings, NODE, "node/switchboard.js", List.of("length:2"));
    }

    /** Returns a server in Node.js without any tuning, which can also ask a peer a question. */
    public static ScriptServer untunedNode(Settings settings) {
        return new ScriptServer(
                settings,
                NODE,
                "node/untuned.js",
                List.of(),
                "--max-old-space-size=256",
                "--expose-gc");
    }

    /** Returns the version of the interpreter, or empty if it is not installed. */
    public static Optional<String> version(String name) {
        return ServerProcess.version(interpreter(name));
    }

    static String interpreter(String name) {
        return name.equals(PYTHON) ? "python3" : name;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void start() {
        startToResponse();
    }

    /** Starts the process, and returns the time until its first HTTP response. */
    public Duration startToResponse() {
        List<String> fullCommand = new ArrayList<>(command);
        fullCommand.add(String.valueOf(tcpPort));
        fullCommand.add(String.valueOf(httpPort));
        fullCommand.addAll(arguments);
        ServerProcess started = ServerProcess.start(fullCommand, log);
        process = started;
        return started.awaitResponse(httpPort, STATS);
    }

    @Override
    public int tcpPort() {
        return tcpPort;
    }

    @Override
    public int httpPort() {
        return httpPort;
    }

    @Override
    public long pid() {
        return process == null ? -1 : process.pid();
    }

    @Override
    public String statsPath() {
        return STATS;
    }

    @Override
    public long received(String stats) {
        return ResponseJson.number(stats, "received");
    }

    @Override
    public void stop() {
        if (process != null) {
            process.stop();
            process = null;
        }
    }
}
