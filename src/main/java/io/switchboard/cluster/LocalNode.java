package io.switchboard.cluster;

import io.switchboard.peer.PeerRegistry;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.info.BuildProperties;
import org.springframework.context.event.EventListener;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;

/** Describes this node to the other nodes. Thread-safe. */
@Component
public final class LocalNode {
    private final PeerRegistry registry;
    private final String host = hostName();
    private final @Nullable String name;
    private final @Nullable String version;
    private volatile boolean draining;

    LocalNode(
            ClusterProperties properties,
            PeerRegistry registry,
            ObjectProvider<BuildProperties> build) {
        this.registry = registry;
        String configured = properties.node();
        String named = configured == null ? host : configured;
        this.name = properties.enabled() ? named : null;
        BuildProperties built = build.getIfAvailable();
        this.version = built == null ? null : built.getVersion();
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost"; // the machine cannot resolve its own name
        }
    }

    /** Returns the current description of this node. */
    public Node get() {
        return new Node(registry.boot(), name, host, version, registry.sessions().size(), draining);
    }

    /** Runs before the event listeners that announce the change to other nodes. */
    @EventListener
    @Order(0)
    void readinessChanged(AvailabilityChangeEvent<ReadinessState> event) {
        draining = event.getState() == ReadinessState.REFUSING_TRAFFIC;
    }
}
