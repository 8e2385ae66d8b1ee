package io.switchboard;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One node of a {@link Cluster}, in a JVM of its own. It comes back on its ports when it is started
 * again.
 */
final class ClusterNode implements AutoCloseable {
    private final String name;
    private final int port = FreePort.find();
    private final int proxied = FreePort.find();
    private final Api api = new Api(FreePort.find(), Cluster.TOKEN);
    private final List<String> properties = new ArrayList<>();
    private @Nullable ChildService service;

    /**
     * @param properties for it alone, or that count instead of what is set for all
     */
    ClusterNode(String name, List<String> properties) {
        this.name = name;
        this.properties.addAll(
                List.of(
                        "switchboard.cluster.enabled=true",
                        "switchboard.cluster.node=" + name,
                        "switchboard.admin.token=" + Cluster.TOKEN,
                        "switchboard.drain.delay=0s",
                        "switchboard.drain.spread=0s",
                        "switchboard.listeners.proxied.port=" + proxied,
                        "switchboard.listeners.proxied.proxy-protocol=true",
                        "switchboard.listeners.proxied.trusted-proxies=127.0.0.1"));
        this.properties.addAll(properties);
    }

    /** Starts it, for the first time or again; returns when it is ready. */
    void start() throws IOException {
        start(Map.of());
    }

    /** The same, with these variables in its environment. */
    void start(Map<String, String> environment) throws IOException {
        service =
                ChildService.startAt(
                        api.port(), port, environment, properties.toArray(String[]::new));
    }

    String name() {
        return name;
    }

    Api api() {
        return api;
    }

    /** Of the listener {@code default}. */
    int port() {
        return port;
    }

    /** Of the listener {@code proxied}, for a proxy on this machine. */
    int proxied() {
        return proxied;
    }

    RawClient connect() throws IOException {
        return RawClient.connect(port);
    }

    /** What the ids of its peers begin with, until it is started again. */
    String boot() {
        for (JsonNode node : api.get("/nodes").json().get("nodes")) {
            if (node.get("self").asBoolean()) {
                return node.get("id").asString();
            }
        }
        throw new AssertionError(name + " does not know itself");
    }

    /** How many nodes it knows of, itself included. */
    int nodes() {
        return api.get("/nodes").json().get("total").asInt();
    }

    /** With everything that it logs. */
    Child process() {
        return service().process();
    }

    /** The lines of its log so far that contain this. */
    List<String> logged(String text) {
        return service().logged(text);
    }

    private ChildService service() {
        return Objects.requireNonNull(service, () -> name + " was not started");
    }

    /** Ends it by SIGKILL; returns when it has ended. */
    void kill() {
        service().close();
    }

    @Override
    public void close() {
        if (service != null) {
            service.close();
        }
    }
}
