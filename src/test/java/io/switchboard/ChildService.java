package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * The service in a JVM of its own.
 *
 * @param process with everything that it logs
 * @param port of the listener {@code default}
 */
record ChildService(Child process, int port, Api api) implements AutoCloseable {
    private static final Pattern READY =
            Pattern.compile(
                    "ready: .*?(?:nc \\S+ |connection to \\S+:)(\\d+) \\(default\\)[^\\n]*\\n"
                            + "[^\\n]*look:.* curl localhost:(\\d+)/peers");

    /** Starts it on free ports; a later property counts. */
    static ChildService start(String... properties) throws IOException {
        return awaitReady(Child.service(arguments(properties)));
    }

    /** The same, with these options for its JVM, such as {@code -Xmx96m}. */
    static ChildService startWithOptions(String options, String... properties) throws IOException {
        return awaitReady(Child.serviceWithOptions(options, arguments(properties)));
    }

    /** The same, with these variables in its environment. */
    static ChildService startWithEnvironment(Map<String, String> variables, String... properties)
            throws IOException {
        return awaitReady(Child.serviceWithEnvironment(variables, arguments(properties)));
    }

    /** The same, with fewer descriptors to open. */
    static ChildService startWithOpenFiles(int limit, String... properties) throws IOException {
        return awaitReady(Child.serviceWithOpenFiles(limit, arguments(properties)));
    }

    /**
     * The same, on these ports.
     *
     * @param http of HTTP
     * @param port of the listener {@code default}
     * @param variables in its environment
     */
    static ChildService startAt(
            int http, int port, Map<String, String> variables, String... properties)
            throws IOException {
        return awaitReady(
                Child.serviceWithEnvironment(variables, arguments(http, port, properties)));
    }

    private static List<String> arguments(String... properties) {
        return arguments(0, 0, properties);
    }

    private static List<String> arguments(int http, int port, String... properties) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("server.port", Integer.toString(http));
        values.put("switchboard.listeners.default.port", Integer.toString(port));
        for (String property : properties) {
            int equals = property.indexOf('=');
            values.put(property.substring(0, equals), property.substring(equals + 1));
        }
        // one option each: Spring makes a list of what is said twice
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

    /** The same, where HTTP asks for this token. */
    ChildService with(String token) {
        return new ChildService(process, port, api.with(token));
    }

    RawClient connect() throws IOException {
        return RawClient.connect(port);
    }

    /** Where another of its listeners is bound. */
    int port(String listener) {
        for (JsonNode each : api.get("/listeners").json().get("listeners")) {
            if (each.get("name").asString().equals(listener)) {
                return each.at("/address/port").asInt();
            }
        }
        throw new AssertionError("there is no listener " + listener);
    }

    /** The lines of its log so far that contain this. */
    List<String> logged(String text) {
        return process.output().lines().filter(line -> line.contains(text)).toList();
    }

    @Override
    public void close() {
        process.close();
    }
}
