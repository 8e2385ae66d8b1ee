package io.switchboard.bench.contestant;

import io.switchboard.bench.BenchException;
import io.switchboard.bench.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The packaged service, on the JDK that runs the benchmark. */
public final class Switchboard implements Contestant {
    public static final String NAME = "switchboard";

    /** Name of the server from {@link Settings#baseline}. */
    public static final String BASELINE = "baseline";

    /** The admin token, without which a node of a cluster does not start. */
    private static final String TOKEN = "benchmark-0123456789abcdef";

    private static final String HEALTH = "/actuator/health";
    private static final String METRICS = "/actuator/prometheus";
    private static final Pattern RECEIVED =
            Pattern.compile("(?m)^switchboard_received_messages_total\\{[^}]*} (\\S+)$");

    private final String name;
    private final Path log;
    private final List<String> command;
    private final List<String> arguments;
    private final String credentials;
    private final int tcpPort = ServerProcess.freePort();
    private final int httpPort = ServerProcess.freePort();
    private @Nullable ServerProcess process;

    /**
     * Creates a server that is not started.
     *
     * @param name the name in the results
     * @param command the java command, to which the arguments of the service are appended
     */
    public Switchboard(Settings settings, String name, List<String> command) {
        this(settings, name, command, List.of(), "");
    }

    /**
     * Creates a server that is not started.
     *
     * @param arguments arguments of the service, in addition to those of every contestant
     */
    public static Switchboard configured(
            Settings settings, String name, List<String> command, List<String> arguments) {
        return new Switchboard(settings, name, command, arguments, "");
    }

    private Switchboard(
            Settings settings,
            String name,
            List<String> command,
            List<String> arguments,
            String credentials) {
        this.name = name;
        this.log = settings.output().resolve(name + ".log");
        this.command = command;
        this.arguments = arguments;
        this.credentials = credentials;
    }

    /** Returns the service with a heap limit, so that a fault cannot exhaust the machine. */
    public static Switchboard bounded(Settings settings) {
        return bounded(settings, NAME, settings.jar());
    }

    /** Returns the service from {@code jar} with the same heap limit. */
    public static Switchboard bounded(Settings settings, String name, Path jar) {
        return new Switchboard(
                settings, name, AotImage.command("-Xmx512m", "-jar", jar.toString()));
    }

    /** Returns the service with the same heap limit and these arguments. */
    public static Switchboard bounded(Settings settings, String name, List<String> arguments) {
        return bounded(settings, name, settings.jar(), arguments);
    }

    /** Returns the service from {@code jar} with the same heap limit and these arguments. */
    public static Switchboard bounded(
            Settings settings, String name, Path jar, List<String> arguments) {
        List<String> command = AotImage.command("-Xmx512m", "-jar", jar.toString());
        return new Switchboard(settings, name, command, arguments, "");
    }

    /** Returns the service with the same heap limit, whose requests have this token. */
    public static Switchboard withToken(
            Settings settings, String name, String token, List<String> arguments) {
        return new Switchboard(
                settings,
                name,
                AotImage.command("-Xmx512m", "-jar", settings.jar().toString()),
                arguments,
                bearer(token));
    }

    /** Returns a node of a cluster with the same heap limit. */
    public static Switchboard node(Settings settings, Redis redis, String name) {
        return new Switchboard(
                settings,
                NAME,
                AotImage.command("-Xmx512m", "-jar", settings.jar().toString()),
                List.of(
                        "--switchboard.cluster.enabled=true",
                        "--switchboard.cluster.node=" + name,
                        "--switchboard.admin.token=" + TOKEN,
                        "--spring.data.redis.host=127.0.0.1",
                        "--spring.data.redis.port=" + redis.port()),
                bearer(TOKEN));
    }

    private static String bearer(String token) {
        return "Authorization: Bearer " + token + "\r\n";
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void start() {
        startToHealthy();
    }

    /** Starts the process, and returns the time until its health check succeeds. */
    public Duration startToHealthy() {
        List<String> fullCommand = new ArrayList<>(command);
        fullCommand.add("--server.port=" + httpPort);
        fullCommand.add("--switchboard.listeners.default.port=" + tcpPort);
        fullCommand.add("--switchboard.drain.delay=0s");
        fullCommand.addAll(arguments);
        ServerProcess started = ServerProcess.start(fullCommand, log);
        process = started;
        return started.awaitResponse(httpPort, HEALTH);
    }

    @Override
    public String credentials() {
        return credentials;
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
        return METRICS;
    }

    @Override
    public String healthPath() {
        return HEALTH;
    }

    @Override
    public long received(String stats) {
        Matcher found = RECEIVED.matcher(stats);
        if (!found.find()) {
            throw new BenchException("no switchboard_received_messages_total in " + METRICS);
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
