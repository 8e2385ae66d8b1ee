package io.switchboard.testkit;

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
 * One node of a {@link TestCluster}, in a separate JVM. It uses the same ports each time it is
 * started.
 */
public final class ClusterNode implements AutoCloseable {
    private final String name;
    private final int port = FreePort.find();
    private final int proxied = FreePort.find();
    private final Api api = new Api(FreePort.find(), TestCluster.TOKEN);
    private final List<String> properties = new ArrayList<>();
    private @Nullable ChildService service;

    /**
     * @param properties properties of this node; they override the defaults
     */
    ClusterNode(String name, List<String> properties) {
        this.name = name;
        this.properties.addAll(
                List.of(
                        "switchboard.cluster.enabled=true",
                        "switchboard.cluster.node=" + name,
                        "switchboard.admin.token=" + TestCluster.TOKEN,
                        "switchboard.drain.delay=0s",
                        "switchboard.drain.spread=0s",
                        "switchboard.listeners.proxied.port=" + proxied,
                        "switchboard.listeners.proxied.proxy-protocol=true",
                        "switchboard.listeners.proxied.trusted-proxies=127.0.0.1"));
        this.properties.addAll(properties);
    }

    /** Starts the node, or restarts it after {@link #kill}; returns when it is ready. */
    public void start() throws IOException {
        start(Map.of());
    }

    /** Starts the node with these environment variables. */
    public void start(Map<String, String> environment) throws IOException {
        service =
                ChildService.startAt(
                                api.port(), port, environment, properties.toArray(String[]::new))
                        .with(api.token());
    }

    public String name() {
        return name;
    }

    public Api api() {
        return api;
    }

    /** Returns the port of the listener {@code default}. */
    public int port() {
        return port;
    }

    /** Returns the port of the listener {@code proxied}, for a proxy on this machine. */
    int proxied() {
        return proxied;
    }

    public RawClient connect() throws IOException {
        return RawClient.connect(port);
    }

    public RawClient connect(String listener) throws IOException {
        return RawClient.connect(service().port(listener));
    }

    /**
     * Waits until the node lists this client, and returns its peer id. Considers the node's own
     * peers only, because a peer of another node may have the same port.
     */
    public String idOf(RawClient client) {
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

    /** Returns the prefix of the ids of the node's peers, which changes at each start. */
    public String boot() {
        for (JsonNode node : api.get("/nodes").json().get("nodes")) {
            if (node.get("self").asBoolean()) {
                return node.get("id").asString();
            }
        }
        throw new AssertionError(name + " does not know itself");
    }

    /** Returns the number of nodes that the node knows, including itself. */
    public int nodes() {
        return api.get("/nodes").json().get("total").asInt();
    }

    /** Returns the number of peers of all nodes, as last reported to this node. */
    int reportedPeers() {
        int peers = 0;
        for (JsonNode node : api.get("/nodes").json().get("nodes")) {
            peers += node.get("peers").asInt();
        }
        return peers;
    }

    /** Returns the process; its output is the log. */
    public Child process() {
        return service().process();
    }

    /** Returns the log lines so far that contain this text. */
    public List<String> logged(String text) {
        return service().logged(text);
    }

    private ChildService service() {
        return Objects.requireNonNull(service, () -> name + " was not started");
    }

    /** Kills the node with SIGKILL and waits until it has ended. */
    public void kill() {
        service().close();
    }

    @Override
    public void close() {
        if (service != null) {
            service.close();
        }
    }
}
