package io.switchboard.events;

import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Node;
import io.switchboard.inbound.Event;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The event stream of one subscriber: the events of all nodes, or of some, as server-sent events.
 * The events of each node are in its order; between nodes there is no order.
 *
 * <p>A node that is present when the stream begins is read from then on, and a node that joins
 * later from its first event. If a node leaves, the subscriber receives a gap, unless the node has
 * returned everything; if it comes back, the stream continues where it was. While Redis cannot be
 * reached, all nodes count as present.
 *
 * <p>One thread uses this object; only {@link #close} may be called by others. Answers of other
 * nodes unpark that thread.
 */
public final class EventStreamSource implements AutoCloseable {
    /** A subscriber that delayed its stream for less than this is not slow. */
    static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final long BETWEEN_LOOKS_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** A node that does not answer is reported within a second. */
    private static final long LONGEST_OPENING_NANOS = TimeUnit.MILLISECONDS.toNanos(1_500);

    private static final int MOST_GONE = 64;

    /**
     * What happened since the last page.
     *
     * @param frames to write one after the other
     * @param cut to write instead of the frames, and to end the stream with, if the subscriber
     *     missed something because it was slow; null otherwise
     */
    @SuppressWarnings("ArrayRecordComponent") // pages are not compared
    public record Page(List<byte[]> frames, byte @Nullable [] cut) {}

    private final Subscription own;
    private final Cluster cluster;
    private final RemoteEventPages pages;
    private final SseEncoder encoder;
    private final EventService.Request request;
    private final boolean resumed;
    private final EventPositions positions;
    private final Node self;
    private final boolean ownWanted;
    private final Map<String, RemoteEventPages.Cursor> followed = new LinkedHashMap<>();

    /** The positions of nodes that have left, in the order in which they left. */
    private final Map<String, Long> gone = new LinkedHashMap<>();

    /** The frames of the next page. */
    private List<byte[]> frames = new ArrayList<>();

    private byte @Nullable [] cut;
    private volatile @Nullable Thread reader;
    private boolean opened;
    private boolean connected;
    private long nextLook;
    private long waitedBefore;

    /**
     * @param own the subscription to this node's events, at the position where the stream begins
     */
    EventStreamSource(
            Subscription own,
            Cluster cluster,
            RemoteEventPages pages,
            SseEncoder encoder,
            EventService.Request request) {
        this.own = own;
        this.cluster = cluster;
        this.pages = pages;
        this.encoder = encoder;
        this.request = request;
        this.resumed = request.after() != null;
        this.positions =
                new EventPositions(request.after() == null ? new TreeMap<>() : request.after());
        this.self = cluster.self();
        this.ownWanted = request.nodes().test(self);
        this.nextLook = System.nanoTime();
        if (ownWanted) {
            positions.set(self.id(), own.after());
        } else {
            positions.remove(self.id());
        }
    }

    /**
     * Returns the beginning of the stream. May wait for other nodes, up to two seconds: from then
     * on no event is missed of a node that has answered.
     */
    public byte[] opening() {
        reader = Thread.currentThread();
        long begun = System.nanoTime();
        look(begun);
        followed.values().forEach(each -> each.ask(begun, 0));
        long left = resumed ? 0 : LONGEST_OPENING_NANOS;
        while (left > 0
                && !own.ended()
                && followed.values().stream().anyMatch(RemoteEventPages.Cursor::waits)) {
            own.pause(left);
            left = LONGEST_OPENING_NANOS - (System.nanoTime() - begun);
        }
        if (!resumed) {
            followed.values().forEach(each -> take(each, 0));
        }
        opened = true;
        return encoder.comment("connected", id());
    }

    /**
     * Returns what there is to write. Does not wait.
     *
     * @param waited the nanoseconds for which the stream has waited for its client so far
     */
    public Page read(long waited) {
        long now = System.nanoTime();
        if (!cluster.single() && now - nextLook >= 0) {
            look(now);
        }
        followed.values().forEach(each -> each.ask(now, waited));
        if (ownWanted) {
            readOwn(waited);
        }
        followed.values().forEach(each -> take(each, waited));
        Page page = new Page(frames, cut);
        frames = new ArrayList<>();
        return page;
    }

    private void readOwn(long waited) {
        Subscription.Page page = own.read();
        boolean slow = waited - waitedBefore >= PATIENCE_NANOS;
        waitedBefore = waited;
        if (page.gap() != null) {
            addGap(page.gap(), self, slow);
        }
        if (!page.events().isEmpty()) {
            LongFunction<byte[]> ids = positions.lines(self.id());
            for (Event event : page.events()) {
                if (!cluster.single()) {
                    frames.add(ids.apply(event.seq()));
                }
                frames.add(encoder.of(event));
            }
        }
        positions.set(self.id(), own.after());
    }

    private void take(RemoteEventPages.Cursor each, long waited) {
        boolean late = opened && each.after() == EventPage.Request.NOW;
        each.take().ifPresent(page -> add(page, each, late, each.slow(waited)));
    }

    private void add(EventPage page, RemoteEventPages.Cursor from, boolean late, boolean slow) {
        Node node = from.node();
        Subscription.Gap gap = late ? new Subscription.Gap(null, null, page.next()) : page.gap();
        if (gap != null) {
            addGap(gap, node, slow && !late);
        }
        if (!page.events().isEmpty()) {
            LongFunction<byte[]> ids = positions.lines(node.id());
            for (EventPage.Encoded event : page.events()) {
                frames.add(ids.apply(event.seq()));
                frames.add(event.frame());
            }
        }
        positions.set(node.id(), page.next());
        if (page.last()) {
            positions.set(node.id(), EventPositions.END);
            frames.add(heartbeat()); // or a client that resumes now would receive a gap
        }
    }

    private void addGap(Subscription.Gap gap, Node node, boolean slow) {
        if (slow) {
            cut = encoder.cut(gap);
        }
        positions.set(node.id(), gap.to());
        frames.add(encoder.gap(id(), gap, cluster.single() ? null : node.label()));
    }

    /** Compares the nodes that are present with those that are followed. */
    private void look(long now) {
        nextLook = now + BETWEEN_LOOKS_NANOS;
        boolean connectedNow = cluster.connected();
        Map<String, Node> present = new HashMap<>();
        cluster.others().stream()
                .filter(request.nodes())
                .forEach(each -> present.put(each.id(), each));
        present.values().forEach(this::follow);
        List<RemoteEventPages.Cursor> absent =
                followed.values().stream()
                        .filter(each -> !present.containsKey(each.node().id()))
                        .toList();
        followed.keySet().retainAll(present.keySet());
        absent.forEach(this::leave);
        if (connectedNow) {
            positions.nodes().stream()
                    .filter(id -> !id.equals(self.id()) && !present.containsKey(id))
                    .forEach(this::judge);
        }
        connected |= connectedNow;
    }

    private void follow(Node node) {
        if (followed.containsKey(node.id()) || positions.atEnd(node.id())) {
            return;
        }
        long start = resumed || connected ? EventPage.Request.START : EventPage.Request.NOW;
        Long before = gone.remove(node.id());
        long after = positions.getOrDefault(node.id(), before == null ? start : before);
        followed.put(
                node.id(),
                pages.new Cursor(node, request.filter(), after, () -> LockSupport.unpark(reader)));
    }

    private void leave(RemoteEventPages.Cursor each) {
        if (each.last()) {
            positions.remove(each.node().id());
        } else {
            addGone(each.node().id(), each.node().label(), each.after());
        }
    }

    /** Decides about a node that the client knows and this node does not follow. */
    private void judge(String id) {
        if (positions.atEnd(id)) {
            positions.remove(id);
            return;
        }
        Node found = cluster.find(id).orElse(null);
        if (found == null) {
            addGone(id, id, positions.getOrDefault(id, EventPage.Request.START));
        } else if (!request.nodes().test(found)) {
            positions.remove(id);
        }
    }

    private void addGone(String id, String label, long after) {
        positions.remove(id);
        gone.put(id, after);
        if (gone.size() > MOST_GONE) {
            gone.remove(gone.keySet().iterator().next());
        }
        frames.add(encoder.gap(id(), null, label));
    }

    /** Returns what an idle stream carries. */
    public byte[] heartbeat() {
        return encoder.comment("heartbeat", id());
    }

    /**
     * Returns the end of the stream, once {@link #read} has nothing more. It marks this node as
     * read to its end: a client that resumes at another node receives no gap.
     */
    public byte[] ending() {
        if (ownWanted) {
            positions.set(self.id(), EventPositions.END);
        }
        return encoder.comment("the service is stopping", cluster.single() ? "" : id());
    }

    /** On a single node an id is the number of an event, in a cluster a position of each node. */
    private String id() {
        return cluster.single()
                ? String.valueOf(positions.getOrDefault(self.id(), EventPage.Request.START))
                : positions.id();
    }

    /** Waits until there may be something to read, or for this time. */
    public void await(long nanos) {
        long now = System.nanoTime();
        long longest = cluster.single() ? nanos : Math.min(nanos, nextLook - now);
        for (RemoteEventPages.Cursor each : followed.values()) {
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

    /** Waits until the thread is unparked, or the service stops, or for this time. */
    public void pause(long nanos) {
        own.pause(nanos);
    }

    /** Returns whether the service is stopping: what {@link #read} has now is all. */
    public boolean ended() {
        return own.ended();
    }

    /** Counts that the subscriber was too slow. */
    public void cut() {
        own.cut();
    }

    @Override
    public void close() {
        own.close();
    }
}
