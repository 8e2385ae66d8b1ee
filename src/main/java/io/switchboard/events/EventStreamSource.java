package io.switchboard.events;

import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Node;
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
 * <p>A node that is a member when the stream begins is read from then on, and a node that joins
 * later from its first event. If a node leaves, the subscriber receives a gap, unless the node has
 * returned all its events; if the node comes back, the stream continues where it was. While Redis
 * cannot be reached, all nodes count as members.
 *
 * <p>One thread uses this object; other threads may call only {@link #close}. An answer of another
 * node unparks the one thread.
 */
public final class EventStreamSource implements AutoCloseable {
    /** A subscriber is slow if writes have waited this long for it since an earlier page. */
    static final long SLOW_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final long MEMBER_CHECK_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Longer than a request to a silent node takes to fail, which is about a second. */
    private static final long MAX_OPENING_NANOS = TimeUnit.MILLISECONDS.toNanos(1_500);

    private static final int MAX_GONE = 64;

    /**
     * The frames since the last page.
     *
     * @param frames the frames to write, in order
     * @param cut the frame to write instead, and to end the stream with, if the subscriber missed
     *     events because it was slow; otherwise null
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
    private final boolean includesSelf;
    private final Map<String, RemoteEventPages.Cursor> followed = new LinkedHashMap<>();

    /** The positions of nodes that have left, in the order in which they left. */
    private final Map<String, Long> gone = new LinkedHashMap<>();

    /** The frames of the next page. */
    private List<byte[]> frames = new ArrayList<>();

    private byte @Nullable [] cut;
    private volatile @Nullable Thread reader;
    private boolean opened;
    private boolean connected;
    private long nextMemberCheck;
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
        this.includesSelf = request.nodes().test(self);
        this.nextMemberCheck = System.nanoTime();
        if (includesSelf) {
            positions.set(self.id(), own.after());
        } else {
            positions.remove(self.id());
        }
    }

    /**
     * Returns the first frame of the stream. If the client does not resume, this blocks for up to
     * 1.5 seconds until the other nodes have answered with their current positions; from then on
     * the stream misses no event of a node that has answered. Looking up a node that is not a
     * member blocks too; see {@link Cluster#find}.
     */
    public byte[] opening() {
        reader = Thread.currentThread();
        long start = System.nanoTime();
        checkMembers(start);
        followed.values().forEach(each -> each.request(start, 0));
        long left = resumed ? 0 : MAX_OPENING_NANOS;
        while (left > 0
                && !own.ended()
                && followed.values().stream().anyMatch(RemoteEventPages.Cursor::isWaiting)) {
            own.pause(left);
            left = MAX_OPENING_NANOS - (System.nanoTime() - start);
        }
        if (!resumed) {
            followed.values().forEach(each -> take(each, 0));
        }
        opened = true;
        return encoder.comment("connected", id());
    }

    /**
     * Returns the frames to write now. Does not wait for events.
     *
     * @param waited the total time, in nanoseconds, for which writes have waited for the client
     */
    public Page read(long waited) {
        long now = System.nanoTime();
        if (!cluster.single() && now - nextMemberCheck >= 0) {
            checkMembers(now);
        }
        followed.values().forEach(each -> each.request(now, waited));
        if (includesSelf) {
            readSelf(waited);
        }
        followed.values().forEach(each -> take(each, waited));
        Page page = new Page(frames, cut);
        frames = new ArrayList<>();
        return page;
    }

    private void readSelf(long waited) {
        Subscription.Page page = own.read();
        boolean slow = waited - waitedBefore >= SLOW_NANOS;
        waitedBefore = waited;
        if (page.gap() != null) {
            addGap(page.gap(), self, slow);
        }
        if (!page.events().isEmpty()) {
            LongFunction<byte[]> ids = positions.idLines(self.id());
            for (Event event : page.events()) {
                if (!cluster.single()) {
                    frames.add(ids.apply(event.seq()));
                }
                frames.add(encoder.encode(event));
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
            LongFunction<byte[]> ids = positions.idLines(node.id());
            for (EventPage.Encoded event : page.events()) {
                frames.add(ids.apply(event.seq()));
                frames.add(event.frame());
            }
        }
        positions.set(node.id(), page.next());
        if (page.last()) {
            positions.set(node.id(), EventPositions.END);
            frames.add(heartbeat()); // a client that resumes from its id, with END, receives no gap
        }
    }

    private void addGap(Subscription.Gap gap, Node node, boolean slow) {
        // the numbers count the events of all peers
        boolean counts = request.filter().reach().includesAll();
        if (slow) {
            cut = encoder.cut(counts ? gap.missed() : null);
        }
        positions.set(node.id(), gap.to());
        frames.add(encoder.gap(id(), counts ? gap : null, cluster.single() ? null : node.label()));
    }

    /** Follows the nodes that have joined, and stops following those that have left. */
    private void checkMembers(long now) {
        nextMemberCheck = now + MEMBER_CHECK_NANOS;
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
        absent.forEach(this::stopFollowing);
        if (connectedNow) {
            positions.nodes().stream()
                    .filter(id -> !id.equals(self.id()) && !present.containsKey(id))
                    .forEach(this::handleNonMember);
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

    private void stopFollowing(RemoteEventPages.Cursor each) {
        if (each.last()) {
            positions.remove(each.node().id());
        } else {
            addGone(each.node().id(), each.node().label(), each.after());
        }
    }

    /**
     * Handles a node in the client's position that is not a selected member. If the node exists and
     * is selected, it has joined a moment ago and keeps its position.
     */
    private void handleNonMember(String id) {
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
        if (gone.size() > MAX_GONE) {
            gone.remove(gone.keySet().iterator().next());
        }
        frames.add(encoder.gap(id(), null, label));
    }

    /** Returns the comment that an idle stream carries. It has the current id. */
    public byte[] heartbeat() {
        return encoder.comment("heartbeat", id());
    }

    /**
     * Returns the last frame of the stream, after {@link #read} has returned all events. Its id
     * marks this node as read to the end, so that a client that resumes at another node receives no
     * gap.
     */
    public byte[] ending() {
        if (includesSelf) {
            positions.set(self.id(), EventPositions.END);
        }
        return encoder.comment("the service is stopping", cluster.single() ? "" : id());
    }

    /**
     * Returns the number of an event on a single node, and the position in each node in a cluster.
     */
    private String id() {
        return cluster.single()
                ? String.valueOf(positions.getOrDefault(self.id(), EventPage.Request.START))
                : positions.id();
    }

    /** Waits until {@link #read} may have frames, or for this time. */
    public void await(long nanos) {
        long now = System.nanoTime();
        long maxWait = cluster.single() ? nanos : Math.min(nanos, nextMemberCheck - now);
        for (RemoteEventPages.Cursor each : followed.values()) {
            maxWait = Math.min(maxWait, each.isReady() ? 0 : each.untilRequest(now));
        }
        if (maxWait <= 0) {
            return;
        }
        if (includesSelf) {
            own.await(maxWait);
        } else {
            own.pause(maxWait);
        }
    }

    /** Waits until the thread is unparked, the service stops, or this time has passed. */
    public void pause(long nanos) {
        own.pause(nanos);
    }

    /** Returns whether the service is stopping, so that no new events will follow. */
    public boolean ended() {
        return own.ended();
    }

    /** Counts that the subscriber was too slow. */
    public void countSlow() {
        own.countSlow();
    }

    @Override
    public void close() {
        own.close();
    }
}
