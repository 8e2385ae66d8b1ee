package io.switchboard.web;

import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Node;
import io.switchboard.inbound.Event;
import io.switchboard.inbound.EventFilter;
import io.switchboard.inbound.Subscription;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongFunction;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The events of all nodes, or of one of them. Each node's are told in its order; between nodes
 * there is none.
 *
 * <p>A node that was there at the beginning is told from then on, and one that comes later from its
 * start. One that goes is told of by a gap, unless it has said that it has told everything; should
 * it be back, it goes on where it was. While what connects the nodes is away, all of them stay.
 *
 * <p>One thread does everything, the feed's; answers of other nodes only unpark it.
 */
final class ClusterEvents implements EventSupply {
    private static final long BETWEEN_LOOKS_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Silence is told within a second. */
    private static final long LONGEST_OPENING_NANOS = TimeUnit.MILLISECONDS.toNanos(1_500);

    private static final int MOST_GONE = 64;

    private final Subscription own;
    private final Cluster nodes;
    private final EventAsks asks;
    private final EventFrames frames;
    private final EventFilter filter;
    private final Predicate<Node> wanted;
    private final boolean resumed;
    private final EventPositions positions;
    private final Node self;
    private final boolean ownWanted;
    private final Map<String, FollowedNode> followed = new LinkedHashMap<>();

    /** Where nodes were that have gone, in the order in which they went. */
    private final Map<String, Long> gone = new LinkedHashMap<>();

    /** What has been told and not been read. */
    private List<byte[]> told = new ArrayList<>();

    private byte @Nullable [] cut;
    private volatile @Nullable Thread reader;
    private boolean opened;
    private boolean connected;
    private long nextLook;
    private long waitedBefore;

    /**
     * @param own this node's, from where it is to be told
     * @param wanted of which nodes
     * @param after where to begin, by the nodes' ids; null to begin with what happens from now on
     */
    ClusterEvents(
            Subscription own,
            Cluster nodes,
            EventAsks asks,
            EventFrames frames,
            EventFilter filter,
            Predicate<Node> wanted,
            @Nullable Map<String, Long> after) {
        this.own = own;
        this.nodes = nodes;
        this.asks = asks;
        this.frames = frames;
        this.filter = filter;
        this.wanted = wanted;
        this.resumed = after != null;
        this.positions = new EventPositions(new TreeMap<>(after == null ? Map.of() : after));
        this.self = nodes.self();
        this.ownWanted = wanted.test(self);
        this.nextLook = System.nanoTime();
        if (ownWanted) {
            positions.set(self.id(), own.after());
        } else {
            positions.remove(self.id());
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>From then on nothing is missed of any node that has answered: where they are is known.
     */
    @Override
    public byte[] opening() {
        reader = Thread.currentThread();
        long begun = System.nanoTime();
        look(begun);
        followed.values().forEach(each -> each.ask(begun, 0));
        long left = resumed ? 0 : LONGEST_OPENING_NANOS;
        while (left > 0
                && !own.ended()
                && followed.values().stream().anyMatch(FollowedNode::waits)) {
            own.pause(left);
            left = LONGEST_OPENING_NANOS - (System.nanoTime() - begun);
        }
        if (!resumed) {
            followed.values().forEach(each -> take(each, 0));
        }
        opened = true;
        return frames.opening(positions.id());
    }

    @Override
    public Page read(long waited) {
        long now = System.nanoTime();
        if (now - nextLook >= 0) {
            look(now);
        }
        followed.values().forEach(each -> each.ask(now, waited));
        if (ownWanted) {
            readOwn(waited);
        }
        followed.values().forEach(each -> take(each, waited));
        Page page = new Page(told, cut);
        told = new ArrayList<>();
        return page;
    }

    private void readOwn(long waited) {
        Subscription.Page page = own.read();
        boolean slow = waited - waitedBefore >= PATIENCE_NANOS;
        waitedBefore = waited;
        if (page.gap() != null) {
            tell(page.gap(), self, slow);
        }
        if (!page.events().isEmpty()) {
            LongFunction<byte[]> ids = positions.lines(self.id());
            for (Event event : page.events()) {
                told.add(ids.apply(event.seq()));
                told.add(frames.of(event));
            }
        }
        positions.set(self.id(), own.after());
    }

    private void take(FollowedNode each, long waited) {
        boolean late = opened && each.after() == EventAsk.NOW;
        each.take().ifPresent(page -> tell(page, each, late, each.slow(waited)));
    }

    private void tell(EventPage page, FollowedNode from, boolean late, boolean slow) {
        Node node = from.node();
        Subscription.Gap gap = late ? new Subscription.Gap(null, null, page.next()) : page.gap();
        if (gap != null) {
            tell(gap, node, slow && !late);
        }
        if (!page.events().isEmpty()) {
            LongFunction<byte[]> ids = positions.lines(node.id());
            for (EventPage.Spelled event : page.events()) {
                told.add(ids.apply(event.seq()));
                told.add(event.frame());
            }
        }
        positions.set(node.id(), page.next());
        if (page.last()) {
            positions.set(node.id(), EventPositions.END);
            told.add(heartbeat()); // or who resumes now would be told of a gap
        }
    }

    private void tell(Subscription.Gap gap, Node node, boolean slow) {
        if (slow) {
            cut = frames.cut(gap);
        }
        positions.set(node.id(), gap.to());
        told.add(frames.gap(positions.id(), gap, node.label()));
    }

    /** Who is there now. */
    private void look(long now) {
        nextLook = now + BETWEEN_LOOKS_NANOS;
        boolean connectedNow = nodes.connected();
        Map<String, Node> present = new HashMap<>();
        nodes.others().stream().filter(wanted).forEach(each -> present.put(each.id(), each));
        present.values().forEach(this::follow);
        followed.values().removeIf(each -> !present.containsKey(each.node().id()) && leaves(each));
        if (connectedNow) {
            positions.nodes().stream()
                    .filter(id -> !id.equals(self.id()) && !followed.containsKey(id))
                    .filter(id -> !present.containsKey(id))
                    .forEach(this::judge);
        }
        connected |= connectedNow;
    }

    private void follow(Node node) {
        if (followed.containsKey(node.id()) || positions.atEnd(node.id())) {
            return;
        }
        Long known = positions.get(node.id());
        Long before = gone.remove(node.id());
        long after;
        if (known != null) {
            after = known;
        } else if (before != null) {
            after = before;
        } else {
            after = resumed || connected ? EventAsk.START : EventAsk.NOW;
        }
        followed.put(node.id(), new FollowedNode(node, filter, after, asks, this::wake));
    }

    private boolean leaves(FollowedNode each) {
        if (each.last()) {
            positions.remove(each.node().id());
        } else {
            tellGone(each.node().id(), each.node().label(), each.after());
        }
        return true;
    }

    /** A node that the client knows and this one does not follow. */
    private void judge(String id) {
        if (positions.atEnd(id)) {
            positions.remove(id);
            return;
        }
        Node found = nodes.find(id).orElse(null);
        if (found == null) {
            Long after = positions.get(id);
            tellGone(id, id, after == null ? EventAsk.START : after);
        } else if (!wanted.test(found)) {
            positions.remove(id);
        }
    }

    private void tellGone(String id, String label, long after) {
        positions.remove(id);
        gone.put(id, after);
        if (gone.size() > MOST_GONE) {
            gone.remove(gone.keySet().iterator().next());
        }
        told.add(frames.gone(positions.id(), label));
    }

    private void wake() {
        LockSupport.unpark(reader);
    }

    @Override
    public byte[] heartbeat() {
        return frames.heartbeat(positions.id());
    }

    /** This node has been told to its end: who resumes elsewhere is told of no gap. */
    @Override
    public byte[] ending() {
        if (ownWanted) {
            positions.set(self.id(), EventPositions.END);
        }
        return frames.ending(positions.id());
    }

    /** An answer that comes after it was looked for unparks this thread. */
    @Override
    public void await(long nanos) {
        long now = System.nanoTime();
        long longest = Math.min(nanos, nextLook - now);
        for (FollowedNode each : followed.values()) {
            longest = Math.min(longest, each.ready() ? 0 : each.untilAsk(now));
        }
        if (longest <= 0) {
            return;
        }
        if (ownWanted) {
            own.await(longest);
        } else {
            own.pause(longest);
        }
    }

    @Override
    public void pause(long nanos) {
        own.pause(nanos);
    }

    @Override
    public boolean ended() {
        return own.ended();
    }

    @Override
    public void cut() {
        own.cut();
    }

    @Override
    public void close() {
        own.close();
    }
}
