package io.switchboard.peer;

import io.switchboard.net.Printable;
import java.net.InetAddress;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * The registry of live sessions, in the order in which they connected, and of recently closed
 * peers. Thread-safe.
 *
 * <p>Finding a live session by its id costs O(log peers) and takes no lock. An iteration contains
 * every session that is live from its beginning to its end, and does not block other threads.
 */
@Component
public final class PeerRegistry {
    /**
     * The result of a lookup by peer reference: a live session; several live sessions that share
     * the name; a closed peer of this run, with its last snapshot if that is still available; or
     * nothing that this run knows.
     */
    public sealed interface Lookup {
        record Live(PeerSession session) implements Lookup {}

        record Several(List<PeerSession> sessions) implements Lookup {}

        record Closed(Optional<PeerSnapshot> last) implements Lookup {}

        record Unknown(String reference) implements Lookup {}
    }

    /**
     * The result of giving a peer a name: the peer has the name, and the replaced peers are being
     * closed; another peer has the name and keeps it; the peer is closed or is being closed; or the
     * peer, or a group that it would join or leave, is out of the reach of who gives the name.
     */
    public sealed interface NameResult {
        record Named(List<PeerSession> replaced) implements NameResult {}

        record Taken(PeerSession by) implements NameResult {}

        record Gone() implements NameResult {}

        record OutOfReach() implements NameResult {}
    }

    /**
     * The maximum number of groups into which clients put a peer. A change of the groups of a peer
     * looks at all of them under the lock that each name and each close needs.
     */
    public static final int MAX_GROUPS = 64;

    private static final Logger log = LoggerFactory.getLogger(PeerRegistry.class);

    private final int boot = ThreadLocalRandom.current().nextInt(PeerId.BOOTS);
    private final AtomicLong lastSeq = new AtomicLong();
    private final ConcurrentNavigableMap<PeerId, PeerSession> live = new ConcurrentSkipListMap<>();
    private final ClosedPeers closed;
    private final NameIndex nameIndex;
    private final OutboxProperties outboxLimits;
    private final OutboxBudget budget;
    private final UnackedPeers unacked = new UnackedPeers();
    private final List<PeerObserver> observers = new CopyOnWriteArrayList<>();

    PeerRegistry(
            OutboxProperties outboxLimits,
            OutboxBudget budget,
            ClosedPeers.ClosedProperties closed,
            GroupProperties groups) {
        this.outboxLimits = outboxLimits;
        this.closed = new ClosedPeers(closed.keep());
        this.nameIndex = new NameIndex(groups);
        this.budget = budget;
    }

    /** Adds an observer, which is notified of every peer from now on. */
    public void observe(PeerObserver observer) {
        observers.add(observer);
    }

    /** Creates the session of a connection that is ready for writing, and notifies observers. */
    public PeerSession open(Listener listener, Link link) {
        return open(listener, link, true);
    }

    /**
     * Creates the session of a connection that is ready for writing, and notifies observers.
     *
     * @param named whether its address and its frames may give the peer a name, as {@link
     *     Identification} says
     */
    public PeerSession open(Listener listener, Link link, boolean named) {
        PeerSession session =
                new PeerSession(new PeerId(boot, lastSeq.incrementAndGet()), listener, link, this);
        listener.counters().opened();
        link.attach(session);
        // observers first: a session that cannot be found yet cannot be closed before "connected"
        observers.forEach(each -> each.connected(session));
        live.put(session.id(), session);
        if (listener.transport() == Transport.TLS) {
            session.awaitAck(); // the last records of the handshake may be in flight
        }
        applyListenerIdentity(session, listener.identification(), named);
        return session;
    }

    /**
     * Gives a session the changed properties of its listener: the timeouts, the rules for names,
     * and the groups that were added or removed. Notifies observers. Idempotent; any thread.
     */
    public void listenerChanged(PeerSession session, Listener changed) {
        Listener before = session.listener(changed);
        Set<String> joined = Set.copyOf(changed.identification().groups());
        Set<String> left = new TreeSet<>(before.identification().groups());
        joined.stream().filter(each -> !left.contains(each)).forEach(each -> join(session, each));
        left.removeAll(joined);
        left.forEach(each -> leave(session, each));
        observers.forEach(each -> each.listenerChanged(session));
        session.link().checkDeadlinesWithin(0);
    }

    /** Gives a new session the groups of its listener and the name that belongs to its address. */
    private void applyListenerIdentity(
            PeerSession session, Identification identification, boolean named) {
        if (!identification.groups().isEmpty()) {
            var _ = nameIndex.regroup(session, identification.groups(), Reach.ALL);
        }
        if (!named) {
            nameIndex.unname(session);
            return;
        }
        InetAddress address = session.address();
        String name = address == null ? null : identification.addresses().get(address);
        if (name != null
                && name(session, name, List.of(), false, Reach.ALL)
                        instanceof NameResult.Taken taken) {
            session.closeAsDuplicate(taken, name, Reach.ALL);
        }
    }

    /**
     * Gives a peer a valid name from one of its frames, and adds it to groups. If another peer has
     * the name, {@code on-duplicate} of the listener applies.
     */
    public NameResult identify(PeerSession session, String name, Collection<String> groups) {
        return name(session, name, groups, true, Reach.ALL);
    }

    /**
     * Gives a peer a valid name on behalf of an operator; null removes the name. If another peer
     * has the name, {@code on-duplicate} of the listener applies.
     */
    public NameResult rename(PeerSession session, @Nullable String name) {
        return rename(session, name, Reach.ALL);
    }

    /**
     * Gives a peer in reach a valid name on behalf of a client with this reach; null removes the
     * name. If another peer has the name, {@code on-duplicate} of the listener applies, except that
     * no peer out of reach is replaced.
     */
    public NameResult rename(PeerSession session, @Nullable String name, Reach reach) {
        return rename(session, name, null, reach);
    }

    /**
     * Renames a peer as {@link #rename(PeerSession, String, Reach)} does, and replaces its groups
     * in the same step, so that nobody sees the new name with other groups.
     *
     * @param groups all groups of the peer from then on, also if the configuration assigns others
     *     to the name; null for those that it has after a rename
     */
    public NameResult rename(
            PeerSession session,
            @Nullable String name,
            @Nullable Collection<String> groups,
            Reach reach) {
        if (name != null) {
            return announced(session, name, () -> nameIndex.rename(session, name, groups, reach));
        }
        return nameIndex.unname(session, groups, reach)
                ? new NameResult.Named(List.of())
                : new NameResult.OutOfReach();
    }

    /**
     * Gives a valid name to a peer that a client with this reach has just opened. The peer may be
     * in reach by the name only; otherwise as {@link #rename}.
     */
    public NameResult nameOpened(PeerSession session, String name, Reach reach) {
        return name(session, name, List.of(), true, reach);
    }

    private NameResult name(
            PeerSession session,
            String name,
            Collection<String> groups,
            boolean identified,
            Reach reach) {
        return announced(
                session, name, () -> nameIndex.name(session, name, groups, identified, reach));
    }

    /** Gives a name, and then tells the observers and closes the peers that have lost it. */
    private NameResult announced(PeerSession session, String name, Supplier<NameResult> naming) {
        boolean unchanged = name.equals(session.name());
        NameResult result = naming.get();
        if (result instanceof NameResult.Named(List<PeerSession> replaced)) {
            if (!unchanged) {
                observers.forEach(each -> each.identified(session));
            }
            replaced.forEach(old -> old.closeAsReplaced(name, session));
        }
        return result;
    }

    /** Replaces the groups of a peer. */
    public void regroup(PeerSession session, Collection<String> groups) {
        var _ = regroup(session, groups, Reach.ALL);
    }

    /**
     * Replaces the groups of a peer on behalf of a client with this reach.
     *
     * @return false if the peer, or a group that it would join or leave, is out of reach, so that
     *     nothing was changed
     */
    public boolean regroup(PeerSession session, Collection<String> groups, Reach reach) {
        return nameIndex.regroup(session, groups, reach);
    }

    /** Adds a peer to a group. */
    public void join(PeerSession session, String group) {
        var _ = join(session, group, Reach.ALL);
    }

    /** Adds a peer to a group as {@link #regroup(PeerSession, Collection, Reach)} does. */
    public boolean join(PeerSession session, String group, Reach reach) {
        return nameIndex.join(session, group, reach);
    }

    /** Removes a peer from a group. */
    public void leave(PeerSession session, String group) {
        var _ = leave(session, group, Reach.ALL);
    }

    /** Removes a peer from a group as {@link #regroup(PeerSession, Collection, Reach)} does. */
    public boolean leave(PeerSession session, String group, Reach reach) {
        return nameIndex.leave(session, group, reach);
    }

    /** Returns the live sessions with this name; more than one only if duplicates are allowed. */
    public List<PeerSession> named(String name) {
        return nameIndex.named(name);
    }

    /** Returns a live view of the sessions in this group, in no particular order. */
    public Collection<PeerSession> group(String group) {
        return nameIndex.group(group);
    }

    /** Returns the number of live peers in reach in each group. */
    public SortedMap<String, Integer> groups(Reach reach) {
        if (reach.includesAll()) {
            return nameIndex.groups();
        }
        SortedMap<String, Integer> sizes = new TreeMap<>();
        for (PeerSession session : reach.candidates(this)) {
            groupsIn(reach, session).forEach(group -> sizes.merge(group, 1, Integer::sum));
        }
        return sizes;
    }

    /**
     * Returns names of groups that have peers in reach, in no particular order; none for a reach
     * with listeners, because which peers it would examine depends on those of other listeners.
     *
     * @param most how many names it returns at most, and how many peers it examines for a reach
     *     that does not include all
     */
    public List<String> groupNames(Reach reach, int most) {
        if (reach.includesAll()) {
            return nameIndex.groupNames(most);
        }
        if (!reach.listeners().isEmpty()) {
            return List.of();
        }
        return reach.candidates(this).stream()
                .limit(most)
                .flatMap(session -> groupsIn(reach, session).stream())
                .distinct()
                .limit(most)
                .toList();
    }

    /**
     * Returns the groups of a peer that is in reach; none if it is not. It may leave the reach
     * meanwhile, and its new groups are none of the caller's business.
     */
    private static List<String> groupsIn(Reach reach, PeerSession session) {
        List<String> groups = session.groups();
        return reach.includes(session.listener().name(), groups) ? groups : List.of();
    }

    /**
     * Returns the groups that a new peer of this listener joins.
     *
     * @param name the name that it gets; null for none
     */
    public Set<String> groupsOf(Listener listener, @Nullable String name) {
        Set<String> groups = new TreeSet<>(listener.identification().groups());
        groups.addAll(groupsOf(name));
        return groups;
    }

    /** Returns the groups whose expression matches the name; none if it is null. */
    public List<String> groupsOf(@Nullable String name) {
        return name == null ? List.of() : nameIndex.groupsOf(name);
    }

    void inputEnded(PeerSession session) {
        observers.forEach(each -> each.inputEnded(session));
    }

    void closed(PeerSession session, CloseReason reason, PeerSnapshot last) {
        boolean probe = last.received().isNone() && last.sent().isNone();
        session.listener().counters().closed(reason, probe);
        closed.add(last);
        live.remove(session.id());
        nameIndex.remove(session);
        observers.forEach(each -> each.closed(session, last));
        if (log.isDebugEnabled()) {
            String peername = Printable.of(last.peername().toString());
            log.debug("{} {} closed: {}", last.id(), peername, reason.word());
        }
    }

    /** Returns the boot part of all ids of this run; see {@link PeerId#boot}. */
    public String boot() {
        return PeerId.format(boot);
    }

    /** Looks up a peer reference, which is an id or a name, among all peers. */
    public Lookup find(String reference) {
        return find(reference, Reach.ALL);
    }

    /**
     * Looks up a peer reference, which is an id or a name, among the peers in reach. A peer out of
     * reach is unknown, and takes the same steps to look up as one that never existed; but a name
     * takes a step for each of its peers, of which {@code on-duplicate: allow-both} permits many.
     * If the last snapshot of a closed peer is no longer available, nobody can tell whether it was
     * in a restricted reach, and so it is unknown too.
     */
    public Lookup find(String reference, Reach reach) {
        return PeerId.parse(reference)
                .map(id -> find(id, reach))
                .orElseGet(() -> findName(reference, reach));
    }

    private Lookup find(PeerId id, Reach reach) {
        PeerSession session = live.get(id);
        if (session != null && reach.includes(session)) {
            return new Lookup.Live(session);
        }
        Optional<PeerSnapshot> last = closed.find(id).filter(reach::includes);
        boolean existed = id.boot() == boot && id.seq() <= lastSeq.get();
        return last.isPresent() || (existed && reach.includesAll())
                ? new Lookup.Closed(last)
                : new Lookup.Unknown(id.toString());
    }

    private Lookup findName(String name, Reach reach) {
        List<PeerSession> sessions = nameIndex.named(name);
        if (!reach.includesAll()) {
            sessions = sessions.stream().filter(reach::includes).toList();
        }
        return switch (sessions.size()) {
            case 0 ->
                    closed.find(name, reach)
                            .<Lookup>map(last -> new Lookup.Closed(Optional.of(last)))
                            .orElseGet(() -> new Lookup.Unknown(name));
            case 1 -> new Lookup.Live(sessions.getFirst());
            default -> new Lookup.Several(sessions);
        };
    }

    /** Returns the live sessions, oldest connection first. */
    public Collection<PeerSession> sessions() {
        return live.values();
    }

    /** Returns the live sessions that connected after this one (null: all), oldest first. */
    public Collection<PeerSession> sessionsAfter(@Nullable PeerId id) {
        return id == null ? live.values() : live.tailMap(id, false).values();
    }

    /** Returns the live sessions that connected before this one (null: all), newest first. */
    public Collection<PeerSession> sessionsBefore(@Nullable PeerId id) {
        ConcurrentNavigableMap<PeerId, PeerSession> older = id == null ? live : live.headMap(id);
        return older.descendingMap().values();
    }

    /** Returns recently closed peers, in the order in which they closed. */
    public List<PeerSnapshot> recentlyClosed() {
        return closed.all();
    }

    /** Returns the sessions to which bytes were written that may not be acknowledged yet. */
    public UnackedPeers unacked() {
        return unacked;
    }

    OutboxProperties outboxLimits() {
        return outboxLimits;
    }

    OutboxBudget outboxBudget() {
        return budget;
    }
}
