package io.switchboard.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What one would write instead, in a scripting language: see {@code src/bench}. */
final class Script implements Contestant {
    static final String NODE = "node";
    static final String PYTHON = "python";

    private final String name;
    private final String interpreter;
    private final Path source;
    private final Path log;
    private final int tcpPort = ServerProcess.freePort();
    private final int httpPort = ServerProcess.freePort();
    private @Nullable ServerProcess process;

    private Script(Settings settings, String name, String interpreter, String source) {
        this.name = name;
        this.interpreter = interpreter;
        this.source = settings.sources().resolve(source);
        this.log = settings.output().resolve(name + ".log");
    }

    static Script of(Settings settings, String name) {
        return switch (name) {
            case NODE -> new Script(settings, NODE, interpreter(NODE), "node/switchboard.js");
            case PYTHON ->
                    new Script(settings, PYTHON, interpreter(PYTHON), "python/switchboard.py");
            default -> throw new Failed("no rival is called '" + name + "': node, python");
        };
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
        startToAnswer();
    }

    /** Starts it, and returns how long that took. */
    Duration startToAnswer() {
        ServerProcess started =
                ServerProcess.start(
                        List.of(
                                interpreter,
                                source.toString(),
                                String.valueOf(tcpPort),
                                String.valueOf(httpPort)),
                        log);
        process = started;
        return started.awaitAnswer(httpPort, "/stats");
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
    public long received(Http http) {
        HttpAnswer answer = http.exchange(Http.get("/stats"));
        answer.expect(name, 200);
        return Json.number(answer.body(), "received");
    }

    @Override
    public void stop() {
        if (process != null) {
            process.stop();
            process = null;
        }
    }
}
