package io.switchboard.query;

import io.switchboard.cluster.Cluster;
import io.switchboard.kernel.KernelFixtures;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.dial.DialListeners;
import io.switchboard.peer.dial.Dialler;
import io.switchboard.peer.dial.Dialler.ConnectRequest;
import io.switchboard.peer.dial.Dialler.ConnectResult;
import io.switchboard.peer.dial.KeptConnections;
import io.switchboard.receive.ReceiveFixtures;

/** Creates the services of one node, without sockets. Its dialler never connects. */
public final class QueryFixtures {
    private static final Dialler DIALLER = new StoppingDialler();

    private final PeerRegistry registry;
    private final Listeners listeners;
    private final Cluster cluster;
    private final PeerFinder finder;
    private final PeerLocator locator;
    private final ClusterFanOut fanOut;

    public QueryFixtures(PeerRegistry registry, Listener... configured) {
        this(registry, PeerFixtures.singleNode(registry), configured);
    }

    QueryFixtures(PeerRegistry registry, Cluster cluster, Listener... configured) {
        this.registry = registry;
        listeners = PeerFixtures.listeners(configured);
        this.cluster = cluster;
        finder = new PeerFinder(registry, listeners, KernelFixtures.sockets(), cluster);
        fanOut = new ClusterFanOut(cluster);
        locator = new PeerLocator(cluster, fanOut, registry);
    }

    PeerLocator locator() {
        return locator;
    }

    public PeerListService lists() {
        return new PeerListService(finder, listeners, cluster);
    }

    public PeerService peers() {
        return new PeerService(
                registry, finder, ReceiveFixtures.histories(registry), locator, fanOut);
    }

    public CloseService closes() {
        return new CloseService(registry, fanOut);
    }

    public GroupService groups() {
        return new GroupService(registry, fanOut);
    }

    public KeptConnections calls() {
        return PeerFixtures.keptConnections(DIALLER, registry, listeners);
    }

    public DialService dials() {
        return dials(DIALLER);
    }

    DialService dials(Dialler dialler) {
        return new DialService(
                dialler,
                calls(),
                new DialListeners(dialler, listeners),
                registry,
                finder,
                locator,
                fanOut);
    }

    private static final class StoppingDialler implements Dialler {
        @Override
        public boolean serves(Listener listener) {
            return true;
        }

        @Override
        public ConnectResult dial(ConnectRequest request) {
            return new ConnectResult.Stopping();
        }
    }
}
