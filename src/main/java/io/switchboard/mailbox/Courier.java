package io.switchboard.mailbox;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.switchboard.cluster.Cluster;
import io.switchboard.delivery.StoredDelivery;
import io.switchboard.delivery.StoredDelivery.Stage;
import io.switchboard.events.Event;
import io.switchboard.events.EventStream;
import io.switchboard.mailbox.MessageRows.Claimed;
import io.switchboard.mailbox.StoredMessage.State;
import io.switchboard.peer.PeerObserver;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.PeerSnapshot.PeerState;
import io.switchboard.store.Store;
import io.switchboard.store.StoreException;
import io.switchboard.store.Transaction;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Sends stored messages to peers that have their names, and expires those whose time has passed.
 *
 * <p>Everything runs on the thread {@code mailbox}, which exists once a message was stored, now or
 * by an earlier process. A round of it ends the attempts that are decided, claims the names that
 * came and begins their attempts, renews claims, and expires what is due, in one transaction
 * ({@link Round}). One message of a name is under way at a time, so the order holds. An attempt is
 * in the database before it begins.
 *
 * <pre>
 *   pending ──▶ claimed in the database, its oldest message underway ──▶ decided ──┐
 *      ▲  │ another node has the claim, or the outbox is full                       │
 *      │  ▼                                                                         │
 *   delayed            no message or no peer is left: the claim is released ◀───────┤
 *                                          the next message is claimed ◀────────────┘
 * </pre>
 *
 * <p>Several nodes may share the database: a node sends the messages of a name only while it has
 * the claim ({@link Claims}). Race: another node takes a claim that has ended, and both nodes
 * decide an attempt at one message. The number of attempts tells them apart: only the result of the
 * latest attempt counts.
 *
 * <p>This object's monitor guards the start of the thread only. {@link WaitingNames} and {@link
 * Expiry} are told by any thread, and {@link Underway} by whoever changes an attempt. Race: a peer
 * gets a name while a message is stored for it. The message is counted in {@link Totals} before the
 * names are looked up, and the name is in the registry before the count is read, so one of the two
 * sees the other.
 */
@Component
final class Courier implements PeerObserver, SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(Courier.class);
    private static final int NAMES_PER_ROUND = 500;
    private static final int DECIDED_PER_ROUND = 500;
    private static final int RENEWALS_PER_ROUND = 500;
    private static final long AFTER_FAILURE = TimeUnit.SECONDS.toNanos(1);
    private static final long AFTER_REFUSAL = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long WHILE_CONTESTED = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long STOP_SECONDS = 5;

    /** Waits for a message to be sent. Called on any thread; must not block. */
    interface Waiter {
        /** An attempt has come to a stage. */
        void reached(Stage stage);

        /** The message has ended. */
        void ended(State state);
    }

    private final Store store;
    private final PeerRegistry registry;
    private final StoredDelivery delivery;
    private final EventStream events;
    private final MailboxProperties properties;
    private final Totals totals;
    private final SharedMail shared;
    private final Cluster cluster;
    private final Counter attempts;

    private final WaitingNames names;
    private final Underway underway;
    private final Expiry expiry;
    private final Claims claims;

    /** Who waits for a message, by its id. */
    private final Map<String, Waiter> waiters = new ConcurrentHashMap<>();

    /** Whether a commit has failed that may have taken effect. */
    private final AtomicBoolean uncertain = new AtomicBoolean();

    private volatile @Nullable Thread thread;
    private volatile boolean signalled;
    private volatile boolean running;

    Courier(
            Store store,
            PeerRegistry registry,
            StoredDelivery delivery,
            EventStream events,
            MailboxProperties properties,
            Totals totals,
            SharedMail shared,
            Cluster cluster,
            MeterRegistry meters) {
        this.store = store;
        this.registry = registry;
        this.delivery = delivery;
        this.events = events;
        this.properties = properties;
        this.totals = totals;
        this.shared = shared;
        this.cluster = cluster;
        this.names = new WaitingNames(registry);
        this.underway = new Underway(delivery);
        this.expiry = new Expiry(store);
        this.claims = new Claims(store.shared());
        this.attempts =
                Counter.builder("switchboard.mailbox.attempts")
                        .description("Attempts to send a stored message to the peers of its name")
                        .baseUnit("attempts")
                        .register(meters);
        store.whenFirstOpened(
                in -> {
                    if (!store.shared()) {
                        MessageRows.recover(in);
                    }
                    MailboxSize all = MessageRows.total(in);
                    totals.set(all.messages(), all.bytes());
                    return true;
                });
        registry.observe(this);
    }

    /** Starts the thread, unless it runs. Called before a message is stored. */
    synchronized void begin() {
        if (thread == null && running) {
            names.addAll();
            thread = Thread.ofPlatform().name("mailbox").daemon().start(this::run);
        }
    }

    @Override
    public void identified(PeerSession session) {
        String name = session.name();
        if (thread != null && name != null && shared.mayHaveMail()) {
            wake(name);
        }
    }

    /** Sends what is stored for a name, if a peer has it. Any thread; never blocks. */
    void wake(String name) {
        names.add(name);
        signal();
    }

    /** Notes that a message expires at this {@link System#nanoTime}. */
    void expiresAt(long nanos) {
        expiry.at(nanos);
        signal();
    }

    /**
     * Calls back with each stage that a message reaches, and with its end, until {@link #forget}.
     */
    void await(String id, Waiter waiter) {
        waiters.put(id, waiter);
    }

    void forget(String id) {
        waiters.remove(id);
    }

    /** Returns the peers of this node that get the stored messages of a name. */
    List<PeerSession> sessions(String name) {
        return registry.named(name).stream()
                .filter(each -> each.state() == PeerState.OPEN)
                .filter(
                        each ->
                                properties.listeners().isEmpty()
                                        || properties.listeners().contains(each.listener().name()))
                .toList();
    }

    private void signal() {
        signalled = true;
        LockSupport.unpark(thread);
    }

    private void run() {
        while (running) {
            signalled = false;
            try {
                findShared();
                round(true);
                sleep();
            } catch (StoreException e) {
                log.debug("the mailbox waits for the store: {}", e.getMessage());
                pauseAfterFailure();
            } catch (InterruptedException e) {
                break;
            } catch (RuntimeException e) {
                log.error("a round of the mailbox failed", e);
                pauseAfterFailure();
            }
        }
        try {
            underway.all().forEach(underway::changed);
            do {
                round(false);
            } while (!underway.decided(1).isEmpty());
        } catch (InterruptedException | RuntimeException e) {
            log.warn("messages under way are sent again after the start: {}", e.getMessage());
        }
    }

    private void sleep() {
        long nanos = Math.min(underway.untilNext(), expiry.untilNext());
        nanos = Math.min(nanos, Math.min(claims.untilNext(), shared.untilNext()));
        nanos = Math.min(nanos, names.untilNext());
        if (!signalled && nanos > 0) {
            LockSupport.parkNanos(nanos);
        }
    }

    private void pauseAfterFailure() {
        failed();
        long end = System.nanoTime() + AFTER_FAILURE;
        for (long left = AFTER_FAILURE; running && left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    /**
     * Notes that a write of the mailbox failed, although it may have been committed. The next round
     * ends attempts that nobody knows, counts what waits, and looks at all names and for what is
     * due. Any thread.
     */
    void failed() {
        uncertain.set(true);
        names.addAll();
        expiresAt(System.nanoTime());
    }

    /** Looks at what other nodes have stored, and at the claims of nodes that are gone. */
    private void findShared() throws InterruptedException {
        if (shared.untilNext() > 0) {
            return;
        }
        SharedMail.Found found = shared.find();
        if (found.missed()) {
            names.addAll();
        }
        for (String name : found.names()) {
            if (!underway.has(name) && !sessions(name).isEmpty()) {
                wake(name);
            }
        }
        if (found.due() != null) {
            expiresAt(found.in().nanosAt(found.due()));
        }
        List<String> abandoned =
                found.abandoned().stream().filter(each -> !underway.has(each)).toList();
        if (!abandoned.isEmpty()) {
            store.writeAndWait(
                    abandoned,
                    in -> {
                        ClaimRows.abandon(in, abandoned);
                        return true;
                    },
                    _ -> {});
        }
    }

    private void round(boolean begins) throws InterruptedException {
        underway.look().forEach(this::notifyWaiter);
        List<Delivery> decided = underway.decided(DECIDED_PER_ROUND);
        Map<String, List<PeerSession>> peers = new HashMap<>();
        if (begins) {
            for (String name : names(decided)) {
                List<PeerSession> sessions = sessions(name);
                if (!sessions.isEmpty()) {
                    peers.put(name, sessions);
                }
            }
        }
        Round round =
                new Round(
                        cluster.self().id(),
                        decided,
                        peers,
                        claims.due(RENEWALS_PER_ROUND),
                        expiry.due(),
                        uncertain.getAndSet(false) ? recovery() : null);
        if (round.isEmpty()) {
            return;
        }
        apply(
                round,
                store.writeAndWait(
                        round.names(), in -> round.execute(in, claims, events), this::count));
    }

    private Round.Recovery recovery() {
        return new Round.Recovery(
                underway.all().stream()
                        .map(each -> each.message().id())
                        .collect(Collectors.toSet()),
                store.shared());
    }

    /** Updates the totals on the thread {@code store}. */
    private void count(Round.Result result) {
        MailboxSize total = result.total();
        if (total != null) {
            totals.set(total.messages(), total.bytes());
            return;
        }
        for (Round.Ended each : result.ended()) {
            if (each.state() != State.STORED && !each.lost()) {
                totals.add(-1, -each.delivery().message().size());
            }
        }
        result.expired().messages().forEach(each -> totals.add(-1, -each.bytes()));
    }

    private void notifyWaiter(Delivery each) {
        Waiter waiter = waiters.get(each.message().id());
        if (waiter != null) {
            each.attempts().forEach(attempt -> waiter.reached(attempt.stage()));
        }
    }

    /** Returns names of which nothing is under way, or will be after this round. */
    private Set<String> names(Collection<Delivery> decided) {
        Set<String> next = new LinkedHashSet<>();
        for (Delivery each : decided) {
            String name = each.message().name();
            if (each.outcome() == Stage.REFUSED) {
                names.delay(name, System.nanoTime() + AFTER_REFUSAL);
            } else {
                next.add(name);
            }
        }
        names.moveDue(next);
        int room = Math.min(NAMES_PER_ROUND, underway.room()) - next.size();
        for (String name : names.take(room)) {
            Delivery known = underway.of(name);
            if (known == null) {
                next.add(name);
            } else {
                underway.changed(known); // somebody may wait for it since the last look
            }
        }
        signalled |= room > 0 && !names.isEmpty();
        return next;
    }

    private void apply(Round round, Round.Result result) {
        Transaction in = result.transaction();
        round.renewals().forEach(claims::dropped);
        for (String name : result.renewed()) {
            Delivery known = underway.of(name);
            if (known != null) {
                known.extend(claims.held(name, in));
            }
        }
        for (Round.Ended each : result.ended()) {
            Claimed message = each.delivery().message();
            underway.remove(each.delivery());
            claims.dropped(message.name());
            attempts.increment(each.delivery().mayHaveBegun() ? 1 : 0);
            if (each.lost()) {
                log.debug("another node has stored message {}", message.id());
                continue;
            }
            if (each.state() == State.STORED) {
                expiresAt(in.nanosAt(message.expiresAt()));
            } else {
                ended(each.state(), message.id(), message.name(), each.delivery().session(), null);
            }
            if (each.delivery().objection() != null) {
                log.warn(
                        "stored message {} for '{}' is cancelled, because its peer cannot get it: {}",
                        message.id(),
                        message.name(),
                        each.delivery().objection());
            }
        }
        for (StoredMessage each : result.expired().messages()) {
            String listener = result.expired().listener(each.name());
            ended(State.EXPIRED, each.id(), each.name(), null, listener);
        }
        long retry = System.nanoTime() + WHILE_CONTESTED;
        result.contested().forEach(name -> names.delay(name, retry));
        for (Claimed each : result.claimed()) {
            offer(each, in.nanosAt(each.expiresAt()), claims.held(each.name(), in));
        }
        signalled |= underway.room() > 0 && !names.isEmpty();
    }

    private void offer(Claimed message, long expires, long claimedUntil) {
        Delivery begun = new Delivery(message, expires);
        Runnable changed =
                () -> {
                    underway.changed(begun);
                    signal();
                };
        for (PeerSession session : sessions(message.name())) {
            Optional<String> objection = delivery.objection(message.send(), session);
            if (objection.isPresent()) {
                begun.objection(objection.get());
            } else {
                begun.add(
                        delivery.offer(
                                message.id(),
                                message.send(),
                                session,
                                begun.deadline(claimedUntil),
                                changed));
            }
        }
        underway.add(begun);
    }

    /**
     * Counts and publishes the end of a message. Any thread.
     *
     * @param session the peer that has the message; null if there is none
     * @param listener the listener where its name was last seen; null if that is not known
     */
    void ended(
            State state,
            String id,
            String name,
            @Nullable PeerSession session,
            @Nullable String listener) {
        totals.ended(state);
        events.stored(state.event(), new Event.Stored(id, name), session, listener);
        Waiter waiter = waiters.get(id);
        if (waiter != null) {
            waiter.ended(state);
        }
    }

    @Override
    public void start() {
        running = true;
        if (store.exists() && (cluster.single() || store.shared())) {
            begin();
        }
    }

    /** Ends the attempts that are decided, after the drain has closed all peers. */
    @Override
    public void stop() {
        running = false;
        Thread courier = thread;
        if (courier != null) {
            signal();
            try {
                courier.join(TimeUnit.SECONDS.toMillis(STOP_SECONDS));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /**
     * Returns a phase above that of the webhooks: they stop later, and post the last events. When
     * it stops, all peers are closed.
     */
    @Override
    public int getPhase() {
        return 1;
    }
}
