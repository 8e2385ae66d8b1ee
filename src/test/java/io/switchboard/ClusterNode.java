package io.switchboard;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
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
                                api.port(), port, environment, properties.toArray(String[]::new))
                        .with(api.token());
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

    RawClient connect(String listener) throws IOException {
        return RawClient.connect(service().port(listener));
    }

    /** Waits until it lists this client of its own, by which two nodes may have the same port. */
    String idOf(RawClient client) {
        String boot = boot();
        return await("the peer with port " + client.port())
                .pollDelay(Duration.ZERO)
                .until(
                        () ->
                                api.peers().stream()
                                        .filter(peer -> isOf(boot, client.port(), peer))
                                        .map(peer -> peer.get("id").asString())
                                        .findFirst(),
                        Optional::isPresent)
                .orElseThrow();
    }

    private static boolean isOf(String boot, int port, JsonNode peer) {
        return peer.get("id").asString().startsWith(boot + "-")
                && peer.at("/peername/port").asInt() == port;
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

    /** How many peers the nodes have, by what it has last heard from them. */
    int heardOf() {
        int peers = 0;
        for (JsonNode node : api.get("/nodes").json().get("nodes")) {
            peers += node.get("peers").asInt();
        }
        return peers;
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
