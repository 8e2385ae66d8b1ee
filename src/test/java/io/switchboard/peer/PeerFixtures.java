package io.switchboard.peer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Cluster.SingleNode;
import io.switchboard.cluster.Node;
import io.switchboard.peer.Identification.OnDuplicate;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/** Registries and listeners without sockets; other rooms' tests cannot construct them. */
public final class PeerFixtures {
    private PeerFixtures() {}

    public static PeerRegistry registry() {
        return registry(limits(1_000_000, 1_000), 1_000);
    }

    /** The only node, with these peers. */
    public static Cluster alone(PeerRegistry registry) {
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

    /** With groups that names make, each by its regular expression. */
    public static PeerRegistry registry(Map<String, Pattern> groups) {
        return registry(limits(1_000_000, 1_000), 1_000, groups);
    }

    private static PeerRegistry registry(
            OutboxProperties limits, int keep, Map<String, Pattern> groups) {
        return new PeerRegistry(
                limits,
                new ClosedProperties(keep),
                new GroupProperties(groups),
                new SimpleMeterRegistry());
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

    /** A listener without idle time-out. */
    public static Listener listener(String name, String framingOut) {
        return listener(name, framingOut, Duration.ZERO);
    }

    public static Listener listener(String name, String framingOut, Duration idleTimeout) {
        return listener(name, framingOut, idleTimeout, Identification.NONE);
    }

    public static Listener listener(String name, Identification identification) {
        return listener(name, "line", Duration.ZERO, identification);
    }

    /** A listener that deals with names in this way, and whose frames name nobody. */
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
        return new Listener(
                name,
                transport,
                false,
                "line",
                framingOut,
                65_536,
                1_000,
                250,
                idleTimeout,
                identification,
                null,
                payload -> (new String(payload, UTF_8) + "\n").getBytes(UTF_8),
                new NoSocket(),
                new ListenerCounters());
    }

    public static Listeners listeners(Listener... known) {
        Listeners listeners = new Listeners(new SimpleMeterRegistry());
        for (Listener listener : known) {
            listeners.add(listener);
        }
        return listeners;
    }

    /** One delivery of one frame. */
    static Frames frames(String text, Receipt receipt) {
        return Frames.of(text.getBytes(ISO_8859_1), 1, receipt);
    }

    private static final class NoSocket implements ListenerSocket {
        @Override
        public @Nullable SocketAddress socketAddress() {
            return null;
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

    /** Keeps nobody connected: it is not started. */
    public static KeptCalls keptCalls(Dialler dialler, PeerRegistry registry) {
        return new KeptCalls(dialler, registry);
    }
}
