package io.switchboard.peer;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.InetAddress;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * The sessions that are live, in the order in which they connected, and the last few that are not.
 *
 * <p>Opening, closing and finding cost O(log peers) and take no lock; walking sees every session
 * that was live throughout, and holds nobody up.
 */
@Component
public final class PeerRegistry {
    /**
     * What a peer reference stands for: a live session, the live sessions that share a name, a
     * closed peer of this run with its last facts while they are remembered, or none of this run.
     */
    public sealed interface Lookup {
        record Live(PeerSession session) implements Lookup {}

        record Several(List<PeerSession> sessions) implements Lookup {}

        record Closed(Optional<Peer> last) implements Lookup {}

        record Unknown(String reference) implements Lookup {}
    }

    /**
     * What came of giving a peer a name: it has the name, and those that had it are being closed;
     * another peer has the name and keeps it; or the peer is closed, or is being closed.
     */
    public sealed interface Naming {
        record Named(List<PeerSession> replaced) implements Naming {}

        record Taken(PeerSession by) implements Naming {}

        record Gone() implements Naming {}
    }

    private static final Logger log = LoggerFactory.getLogger(PeerRegistry.class);

    private final int boot = ThreadLocalRandom.current().nextInt(PeerId.BOOTS);
    private final AtomicLong lastSeq = new AtomicLong();
    private final ConcurrentNavigableMap<PeerId, PeerSession> live = new ConcurrentSkipListMap<>();
    private final ClosedPeers closed;
    private final Directory directory;
    private final OutboxProperties limits;
    private final OutboxBudget budget;
    private final List<PeerObserver> observers = new CopyOnWriteArrayList<>();

    PeerRegistry(
            OutboxProperties limits,
            ClosedProperties closed,
            GroupProperties groups,
            MeterRegistry meters) {
        this.limits = limits;
        this.closed = new ClosedPeers(closed.keep());
        this.directory = new Directory(groups);
        this.budget = new OutboxBudget(limits.totalMaxBytes());
        Gauge.builder("switchboard.outbox.bytes", budget, OutboxBudget::held)
                .description("Memory of what waits in all outboxes; shared bytes count once")
                .baseUnit("bytes")
                .register(meters);
    }

    /** Has somebody told of every peer's life from now on. */
    public void observe(PeerObserver observer) {
        observers.add(observer);
    }

    /** Makes a session of a connection that is ready to be written to. */
    public PeerSession open(Listener listener, Link link) {
        PeerSession session =
                new PeerSession(new PeerId(boot, lastSeq.incrementAndGet()), listener, link, this);
        listener.counters().opened();
        link.attach(session);
        // told before it can be found: nobody closes what has not been told of
        observers.forEach(each -> each.connected(session));
        live.put(session.id(), session);
        introduce(session, listener.identification());
        return session;
    }

    /** Gives a new session what can be known of it before it says anything. */
    private void introduce(PeerSession session, Identification known) {
        if (!known.groups().isEmpty()) {
            directory.regroup(session, known.groups());
        }
        InetAddress address = session.address();
        String name = address == null ? null : known.addresses().get(address);
        if (name != null && name(session, name, List.of(), false) instanceof Naming.Taken taken) {
            session.refuse(taken, name);
        }
    }

    /**
     * Gives a peer a valid name from one of its frames, and more groups; the listener's {@code
     * on-duplicate} decides about another peer with the name.
     */
    public Naming identify(PeerSession session, String name, Collection<String> groups) {
        return name(session, name, groups, true);
    }

    /** The same at an operator's wish; null takes the name away. */
    public Naming rename(PeerSession session, @Nullable String name) {
        if (name != null) {
            return name(session, name, List.of(), true);
        }
        directory.unname(session);
        return new Naming.Named(List.of());
    }

    private Naming name(
            PeerSession session, String name, Collection<String> groups, boolean settled) {
        boolean same = name.equals(session.name());
        Naming naming = directory.name(session, name, groups, settled);
        if (naming instanceof Naming.Named(List<PeerSession> replaced)) {
            if (!same) {
                observers.forEach(each -> each.identified(session));
            }
            replaced.forEach(
                    old ->
                            old.closeWithError(
                                    CloseReason.REPLACED,
                                    "'" + name + "' has come again, as " + session.id()));
        }
        return naming;
    }

    /** Puts a peer into these groups and no others. */
    public void regroup(PeerSession session, Collection<String> groups) {
        directory.regroup(session, groups);
    }

    /** Puts a peer into one more group. */
    public void join(PeerSession session, String group) {
        directory.join(session, group);
    }

    /** Takes a peer out of one group. */
    public void part(PeerSession session, String group) {
        directory.part(session, group);
    }

    /** The live sessions of this name: seldom more than one. */
    public List<PeerSession> named(String name) {
        return directory.named(name);
    }

    /** The live sessions of this group, in no order. */
    public Collection<PeerSession> group(String group) {
        return directory.group(group);
    }

    /** How many live peers each group has. */
    public SortedMap<String, Integer> groups() {
        return directory.groups();
    }

    void closed(PeerSession session, CloseReason reason, Peer last) {
        boolean probe = last.received().isNone() && last.sent().isNone();
        session.listener().counters().closed(reason, probe);
        closed.add(last);
        live.remove(session.id());
        directory.leave(session);
        observers.forEach(each -> each.closed(session, last));
        if (log.isDebugEnabled()) {
            String peername = Printable.of(last.peername().toString());
            log.debug("{} {} closed: {}", last.id(), peername, reason.word());
        }
    }

    /** Digits that this run's ids begin with; see {@link PeerId#boot}. */
    public String boot() {
        return PeerId.spell(boot);
    }

    /** What this peer reference, an id or a name, stands for. */
    public Lookup find(String reference) {
        return PeerId.parse(reference).map(this::find).orElseGet(() -> findName(reference));
    }

    private Lookup find(PeerId id) {
        if (id.boot() != boot || id.seq() > lastSeq.get()) {
            return new Lookup.Unknown(id.toString());
        }
        PeerSession session = live.get(id);
        return session != null ? new Lookup.Live(session) : new Lookup.Closed(closed.find(id));
    }

    private Lookup findName(String name) {
        List<PeerSession> sessions = directory.named(name);
        return switch (sessions.size()) {
            case 0 ->
                    closed.find(name)
                            .<Lookup>map(last -> new Lookup.Closed(Optional.of(last)))
                            .orElseGet(() -> new Lookup.Unknown(name));
            case 1 -> new Lookup.Live(sessions.getFirst());
            default -> new Lookup.Several(sessions);
        };
    }

    /** Live sessions, the longest connected first. */
    public Collection<PeerSession> sessions() {
        return live.values();
    }

    /** Live sessions that connected after this one, the longest connected first. */
    public Collection<PeerSession> sessionsAfter(@Nullable PeerId id) {
        return id == null ? live.values() : live.tailMap(id, false).values();
    }

    /** Live sessions that connected before this one, the last connected first. */
    public Collection<PeerSession> sessionsBefore(@Nullable PeerId id) {
        ConcurrentNavigableMap<PeerId, PeerSession> older = id == null ? live : live.headMap(id);
        return older.descendingMap().values();
    }

    /** Recently closed peers, the longest ago connected first. */
    public List<Peer> recentlyClosed() {
        return closed.all();
    }

    OutboxProperties limits() {
        return limits;
    }

    OutboxBudget budget() {
        return budget;
    }
}
