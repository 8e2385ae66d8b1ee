package io.switchboard.peer;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
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
    private static final Logger log = LoggerFactory.getLogger(PeerRegistry.class);

    private final int boot = ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE);
    private final AtomicLong lastSeq = new AtomicLong();
    private final ConcurrentNavigableMap<PeerId, PeerSession> live = new ConcurrentSkipListMap<>();
    private final ClosedPeers closed;
    private final OutboxProperties limits;
    private final OutboxBudget budget;

    PeerRegistry(OutboxProperties limits, ClosedProperties closed, MeterRegistry meters) {
        this.limits = limits;
        this.closed = new ClosedPeers(closed.keep());
        this.budget = new OutboxBudget(limits.totalMaxBytes());
        Gauge.builder("switchboard.outbox.bytes", budget, OutboxBudget::held)
                .description("Memory of what waits in all outboxes; shared bytes count once")
                .baseUnit("bytes")
                .register(meters);
    }

    /** Makes a session of a connection that is ready to be written to. */
    public PeerSession open(Listener listener, Link link) {
        PeerSession session =
                new PeerSession(new PeerId(boot, lastSeq.incrementAndGet()), listener, link, this);
        listener.counters().opened();
        live.put(session.id(), session);
        return session;
    }

    /** Called by the session, once. */
    void closed(PeerSession session, CloseReason reason, Peer last) {
        boolean probe = last.received().bytes() == 0 && last.sent().bytes() == 0;
        session.listener().counters().closed(reason, probe);
        closed.add(last);
        live.remove(session.id());
        log.debug("{} {} closed: {}", last.id(), last.peername(), reason.word());
    }

    /** Digits that this run's ids begin with; see {@link PeerId#boot}. */
    public String boot() {
        return PeerId.spell(boot);
    }

    /** What this peer reference stands for. */
    public Lookup find(String reference) {
        PeerId id = PeerId.parse(reference).orElse(null);
        if (id == null || id.boot() != boot || id.seq() > lastSeq.get()) {
            return new Lookup.Unknown(reference);
        }
        PeerSession session = live.get(id);
        return session != null ? new Lookup.Live(session) : new Lookup.Closed(id, closed.find(id));
    }

    /** Live sessions, the longest connected first. */
    public Collection<PeerSession> sessions() {
        return live.values();
    }

    /** Live sessions that connected after this one, the longest connected first. */
    public Collection<PeerSession> sessionsAfter(@Nullable PeerId id) {
        return id == null ? live.values() : live.tailMap(id, false).values();
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
