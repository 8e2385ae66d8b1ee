package io.switchboard.query;

import io.switchboard.cluster.Cluster;
import io.switchboard.inbound.InboundFixtures;
import io.switchboard.kernel.KernelFixtures;
import io.switchboard.peer.Dialler;
import io.switchboard.peer.Dialler.Call;
import io.switchboard.peer.Dialler.Dialled;
import io.switchboard.peer.KeptCalls;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;

/** The services of a single node, without sockets. Its dialler connects to nobody. */
public final class QueryFixtures {
    private final PeerRegistry registry;
    private final Listeners listeners;
    private final Cluster single;
    private final PeerFinder finder;

    public QueryFixtures(PeerRegistry registry, Listener... configured) {
        this(registry, PeerFixtures.alone(registry), configured);
    }

    QueryFixtures(PeerRegistry registry, Cluster cluster, Listener... configured) {
        this.registry = registry;
        listeners = PeerFixtures.listeners(configured);
        single = cluster;
        finder = new PeerFinder(registry, listeners, KernelFixtures.sockets(), single);
    }

    public PeerListService lists() {
        return new PeerListService(finder, listeners, single);
    }

    public PeerService peers() {
        return new PeerService(
                registry, finder, InboundFixtures.histories(registry), new Nodes(single, registry));
    }

    public CloseService closes() {
        return new CloseService(registry, new Nodes(single, registry));
    }

    public GroupService groups() {
        return new GroupService(registry, new Nodes(single, registry));
    }

    public KeptCalls calls() {
        return PeerFixtures.keptCalls(new ConnectsToNobody(), registry);
    }

    public DialService dials() {
        return new DialService(
                new ConnectsToNobody(), calls(), listeners, finder, new Nodes(single, registry));
    }

    private static final class ConnectsToNobody implements Dialler {
        @Override
        public boolean serves(Listener listener) {
            return true;
        }

        @Override
        public Dialled dial(Call call) {
            return new Dialled.Stopping();
        }
    }
}
