package io.switchboard.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The service itself, as packaged, on the JDK that runs this. */
final class Switchboard implements Contestant {
    static final String NAME = "switchboard";

    /** Without one no cluster starts. */
    private static final String TOKEN = "benchmark-0123456789abcdef";

    private static final String HEALTH = "/actuator/health";
    private static final Pattern RECEIVED =
            Pattern.compile("(?m)^switchboard_received_messages_total\\{[^}]*} (\\S+)$");

    private final Path log;
    private final List<String> launch;
    private final List<String> arguments;
    private final int tcpPort = ServerProcess.freePort();
    private final int httpPort = ServerProcess.freePort();
    private @Nullable ServerProcess process;

    /**
     * @param launch options of the JVM, and at last what it runs
     */
    Switchboard(Settings settings, List<String> launch) {
        this(settings, launch, List.of());
    }

    private Switchboard(Settings settings, List<String> launch, List<String> arguments) {
        this.log = settings.output().resolve(NAME + ".log");
        this.launch = launch;
        this.arguments = arguments;
    }

    /** With a heap that bounds what a mistake can cost the machine. */
    static Switchboard bounded(Settings settings) {
        return new Switchboard(
                settings, AotImage.options("-Xmx512m", "-jar", settings.jar().toString()));
    }

    /** The same as a node of a cluster. */
    static Switchboard node(Settings settings, Redis redis, String name) {
        return new Switchboard(
                settings,
                AotImage.options("-Xmx512m", "-jar", settings.jar().toString()),
                List.of(
                        "--switchboard.cluster.enabled=true",
                        "--switchboard.cluster.node=" + name,
                        "--switchboard.admin.token=" + TOKEN,
                        "--spring.data.redis.host=127.0.0.1",
                        "--spring.data.redis.port=" + redis.port()));
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void start() {
        startToHealthy();
    }

    /** Starts it, and returns how long that took. */
    Duration startToHealthy() {
        List<String> command = new ArrayList<>(launch);
        command.add("--server.port=" + httpPort);
        command.add("--switchboard.listeners.default.port=" + tcpPort);
        command.add("--switchboard.drain.delay=0s");
        command.addAll(arguments);
        ServerProcess started = ServerProcess.start(command, log);
        process = started;
        return started.awaitAnswer(httpPort, HEALTH);
    }

    @Override
    public String credentials() {
        return arguments.isEmpty() ? "" : "Authorization: Bearer " + TOKEN + "\r\n";
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
        HttpAnswer answer = http.exchange(Http.get("/actuator/prometheus"));
        answer.expect(NAME, 200);
        Matcher found = RECEIVED.matcher(answer.body());
        if (!found.find()) {
            throw new Failed("no switchboard_received_messages_total in /actuator/prometheus");
        }
        return (long) Double.parseDouble(found.group(1));
    }

    @Override
    public void stop() {
        if (process != null) {
            process.stop();
            process = null;
        }
    }
}
