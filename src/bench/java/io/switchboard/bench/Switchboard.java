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

    /** The name of the one that {@link Settings#baseline} starts. */
    static final String BASELINE = "baseline";

    /** Without one no cluster starts. */
    private static final String TOKEN = "benchmark-0123456789abcdef";

    private static final String HEALTH = "/actuator/health";
    private static final Pattern RECEIVED =
            Pattern.compile("(?m)^switchboard_received_messages_total\\{[^}]*} (\\S+)$");

    private final String name;
    private final Path log;
    private final List<String> launch;
    private final List<String> arguments;
    private final int tcpPort = ServerProcess.freePort();
    private final int httpPort = ServerProcess.freePort();
    private @Nullable ServerProcess process;

    /**
     * @param name in the results
     * @param launch options of the JVM, and at last what it runs
     */
    Switchboard(Settings settings, String name, List<String> launch) {
        this(settings, name, launch, List.of());
    }

    private Switchboard(
            Settings settings, String name, List<String> launch, List<String> arguments) {
        this.name = name;
        this.log = settings.output().resolve(name + ".log");
        this.launch = launch;
        this.arguments = arguments;
    }

    /** With a heap that bounds what a mistake can cost the machine. */
    static Switchboard bounded(Settings settings) {
        return bounded(settings, NAME, settings.jar());
    }

    /** The same of another jar. */
    static Switchboard bounded(Settings settings, String name, Path jar) {
        return new Switchboard(
                settings, name, AotImage.options("-Xmx512m", "-jar", jar.toString()));
    }

    /** The same as a node of a cluster. */
    static Switchboard node(Settings settings, Redis redis, String name) {
        return new Switchboard(
                settings,
                NAME,
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
        return name;
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
        answer.expect(name, 200);
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
