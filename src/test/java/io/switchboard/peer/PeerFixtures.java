package io.switchboard.peer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Cluster.SingleNode;
import io.switchboard.cluster.Node;
import io.switchboard.peer.Identification.OnDuplicate;
import io.switchboard.peer.dial.Dialler;
import io.switchboard.peer.dial.KeptConnections;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/**
 * Creates registries and listeners without sockets, whose constructors tests of other packages
 * cannot call.
 */
public final class PeerFixtures {
    private PeerFixtures() {}

    public static PeerRegistry registry() {
        return registry(limits(1_000_000, 1_000), 1_000);
    }

    /** Returns a cluster of one node with the peers of a registry. */
    public static Cluster singleNode(PeerRegistry registry) {
        return new SingleNode(
                () ->
                        new Node(
                                registry.boot(),
                                null,
                                "here",
                                null,
                                registry.sessions().size(),
                                false));
    }

    public static PeerRegistry registry(OutboxProperties limits, int keep) {
        return registry(limits, keep, Map.of());
    }

    /** Returns a registry with groups that are selected by name. */
    public static PeerRegistry registry(Map<String, LinearPattern> groups) {
        return registry(limits(1_000_000, 1_000), 1_000, groups);
    }

    private static PeerRegistry registry(
            OutboxProperties limits, int keep, Map<String, LinearPattern> groups) {
        return new PeerRegistry(
                limits,
                new OutboxBudget(limits),
                new ClosedPeers.ClosedProperties(keep),
                new GroupProperties(groups));
    }

    /** Returns a budget of all outboxes with this limit in bytes. */
    static OutboxBudget budget(int totalMax) {
        return new OutboxBudget(limits(1, 1, DataSize.ofBytes(totalMax)));
    }

    /** The write deadline is 10 s. */
    public static OutboxProperties limits(int maxBytes, int maxMessages) {
        return limits(maxBytes, maxMessages, DataSize.ofMegabytes(64));
    }

    public static OutboxProperties limits(int maxBytes, int maxMessages, DataSize totalMax) {
        return new OutboxProperties(
                DataSize.ofBytes(maxBytes), maxMessages, Duration.ofSeconds(10), totalMax);
    }

    public static Listener listener(String name) {
        return listener(name, "line");
    }

    /** Returns a listener without an idle timeout. */
    public static Listener listener(String name, String framingOut) {
        return listener(name, framingOut, Duration.ZERO);
    }

    public static Listener listener(String name, String framingOut, Duration idleTimeout) {
        return listener(name, framingOut, idleTimeout, Identification.NONE);
    }

    public static Listener listener(String name, Identification identification) {
        return listener(name, "line", Duration.ZERO, identification);
    }

    /** Returns a listener with this policy and these groups, whose frames do not name peers. */
    public static Listener listener(String name, OnDuplicate onDuplicate, String... groups) {
        return listener(
                name,
                new Identification(
                        null,
                        false,
                        new byte[0],
                        Duration.ZERO,
                        Map.of(),
                        onDuplicate,
                        List.of(groups)));
    }

    public static Listener listener(String name, Transport transport) {
        return listener(name, transport, "line", Duration.ZERO, Identification.NONE);
    }

    /** Returns a listener that seems to be bound to this address. */
    public static Listener listener(String name, Transport transport, SocketAddress bound) {
        return listener(name, transport, () -> bound);
    }

    /**
     * Returns a listener that seems to be bound to what this returns; null means that it is not.
     */
    public static Listener listener(
            String name, Transport transport, Supplier<@Nullable SocketAddress> bound) {
        return listener(
                name, transport, "line", Duration.ZERO, Identification.NONE, new NoSocket(bound));
    }

    private static Listener listener(
            String name, String framingOut, Duration idleTimeout, Identification identification) {
        return listener(name, Transport.TCP, framingOut, idleTimeout, identification);
    }

    private static Listener listener(
            String name,
            Transport transport,
            String framingOut,
            Duration idleTimeout,
            Identification identification) {
        return listener(
                name, transport, framingOut, idleTimeout, identification, new NoSocket(() -> null));
    }

    private static Listener listener(
            String name,
            Transport transport,
            String framingOut,
            Duration idleTimeout,
            Identification identification,
            ListenerSocket socket) {
        return new Listener(
                name,
                transport,
                false,
                false,
                "line",
                framingOut,
                UTF_8,
                65_536,
                1_000,
                250,
                PeerLimits.NONE,
                idleTimeout,
                null,
                identification,
                null,
                payload -> (new String(payload, UTF_8) + "\n").getBytes(UTF_8),
                socket,
                new ListenerCounters());
    }

    /** Returns the same listener after its groups have become these. */
    public static Listener regrouped(Listener before, String... groups) {
        return new Listener(
                before.name(),
                before.transport(),
                before.proxied(),
                before.needsCertificate(),
                before.framing(),
                before.framingOut(),
                before.charset(),
                before.maxFrame(),
                before.maxConnections(),
                before.maxConnectionsPerAddress(),
                before.limits(),
                before.idleTimeout(),
                before.end(),
                listener("groups", OnDuplicate.ALLOW_BOTH, groups).identification(),
                before.correlate(),
                before.encoder(),
                before.socket(),
                before.counters());
    }

    public static Listeners listeners(Listener... known) {
        Listeners listeners = new Listeners(new SimpleMeterRegistry());
        for (Listener listener : known) {
            listeners.add(listener);
        }
        return listeners;
    }

    /** Returns one delivery of one frame. */
    static EncodedFrames frames(String text, DeliveryCallback callback) {
        return EncodedFrames.of(text.getBytes(ISO_8859_1), 1, callback);
    }

    private record NoSocket(Supplier<@Nullable SocketAddress> bound) implements ListenerSocket {
        @Override
        public @Nullable SocketAddress socketAddress() {
            return bound.get();
        }

        @Override
        public boolean listening() {
            return false;
        }

        @Override
        public int backlog() {
            return 0;
        }
    }

    /** Returns kept connections that are not started, so none can be added. */
    public static KeptConnections keptConnections(
            Dialler dialler, PeerRegistry registry, Listeners listeners) {
        return new KeptConnections(dialler, registry, listeners);
    }
}
