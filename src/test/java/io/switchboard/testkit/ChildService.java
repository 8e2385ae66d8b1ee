package io.switchboard.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * The service in a separate JVM.
 *
 * @param process the process; its output is the log
 * @param port the port of the listener {@code default}
 */
public record ChildService(Child process, int port, Api api) implements AutoCloseable {
    /** Another thread may log lines between the two. */
    private static final Pattern READY =
            Pattern.compile(
                    "ready: .*?(?:nc \\S+ |connection to \\S+:)(\\d+) \\(default\\)[^\\n]*\\n"
                            + "(?:[^\\n]*\\n)*?[^\\n]*look:.* curl localhost:(\\d+)/peers");

    /** Starts the service on free ports. If a property is given twice, the later one wins. */
    public static ChildService start(String... properties) throws IOException {
        return awaitReady(Child.service(arguments(properties)));
    }

    /** Starts the service with these JVM options, such as {@code -Xmx96m}. */
    public static ChildService startWithOptions(String options, String... properties)
            throws IOException {
        return awaitReady(Child.serviceWithOptions(options, arguments(properties)));
    }

    /** Starts the service with a directory of more classes and with these JVM options. */
    public static ChildService startWithClasses(Path classes, String options, String... properties)
            throws IOException {
        return awaitReady(Child.serviceWithClasses(classes, options, arguments(properties)));
    }

    /** Starts the service with these environment variables. */
    public static ChildService startWithEnvironment(
            Map<String, String> variables, String... properties) throws IOException {
        return awaitReady(
                Child.serviceWithEnvironment(variables, arguments(0, 0, variables, properties)));
    }

    /** Starts the service with this limit on open file descriptors. */
    public static ChildService startWithOpenFiles(int limit, String... properties)
            throws IOException {
        return awaitReady(Child.serviceWithOpenFiles(limit, arguments(properties)));
    }

    /**
     * Starts the service on these ports.
     *
     * @param http the HTTP port
     * @param port the port of the listener {@code default}
     * @param variables its environment variables
     */
    static ChildService startAt(
            int http, int port, Map<String, String> variables, String... properties)
            throws IOException {
        return awaitReady(
                Child.serviceWithEnvironment(
                        variables, arguments(http, port, variables, properties)));
    }

    private static List<String> arguments(String... properties) {
        return arguments(0, 0, Map.of(), properties);
    }

    private static List<String> arguments(
            int http, int port, Map<String, String> variables, String... properties) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("server.port", Integer.toString(http));
        values.put("switchboard.listeners.default.port", Integer.toString(port));
        // two services cannot have the same store open
        values.put("switchboard.data.directory", "target/data/" + UUID.randomUUID());
        if (variables.containsKey("SWITCHBOARD_DATA_DIRECTORY")) {
            values.remove("switchboard.data.directory"); // an option would override the variable
        }
        for (String property : properties) {
            int equals = property.indexOf('=');
            values.put(property.substring(0, equals), property.substring(equals + 1));
        }
        // each property once: Spring would turn a repeated option into a list
        return values.entrySet().stream()
                .map(value -> "--" + value.getKey() + "=" + value.getValue())
                .toList();
    }

    private static ChildService awaitReady(Child process) {
        try {
            process.awaitOutput("look: ");
            process.awaitOutput("Started SwitchboardApplication");
            Matcher ready = READY.matcher(process.output());
            assertThat(ready.find()).as(process.output()).isTrue();
            return new ChildService(
                    process,
                    Integer.parseInt(ready.group(1)),
                    new Api(Integer.parseInt(ready.group(2))));
        } catch (RuntimeException | Error e) {
            process.close();
            throw e;
        }
    }

    /** Returns this service with an API client that sends this token. */
    ChildService with(String token) {
        return new ChildService(process, port, api.with(token));
    }

    public RawClient connect() throws IOException {
        return RawClient.connect(port);
    }

    /** Returns the port to which another listener is bound. */
    public int port(String listener) {
        for (JsonNode each : api.get("/listeners").json().get("listeners")) {
            if (each.get("name").asString().equals(listener)) {
                return each.at("/address/port").asInt();
            }
        }
        throw new AssertionError("there is no listener " + listener);
    }

    /** Returns the log lines so far that contain this text. */
    public List<String> logged(String text) {
        return process.output().lines().filter(line -> line.contains(text)).toList();
    }

    @Override
    public void close() {
        process.close();
    }
}
