package io.switchboard.cluster;

import io.switchboard.node.Node;
import io.switchboard.peer.PeerRegistry;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.info.BuildProperties;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** What this node says of itself. */
@Component
final class Self {
    private final PeerRegistry registry;
    private final ObjectProvider<RedisNodes> nodes;
    private final String host = hostName();
    private final String name;
    private final @Nullable String version;
    private volatile boolean draining;

    Self(
            ClusterProperties properties,
            PeerRegistry registry,
            ObjectProvider<RedisNodes> nodes,
            ObjectProvider<BuildProperties> build) {
        this.registry = registry;
        this.nodes = nodes;
        String given = properties.node();
        this.name = given == null ? host : given;
        BuildProperties built = build.getIfAvailable();
        this.version = built == null ? null : built.getVersion();
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost"; // a machine that does not know its own name
        }
    }

    /** While several are told from each other by their names. */
    Node named() {
        return node(name);
    }

    /** Without a cluster. */
    Node unnamed() {
        return node(null);
    }

    private Node node(@Nullable String called) {
        return new Node(
                registry.boot(), called, host, version, registry.sessions().size(), draining);
    }

    /** The others hear at once that this one takes leave of its peers, or takes new ones. */
    @EventListener
    void readinessChanged(AvailabilityChangeEvent<ReadinessState> event) {
        draining = event.getState() == ReadinessState.REFUSING_TRAFFIC;
        nodes.ifAvailable(RedisNodes::changed);
    }
}
