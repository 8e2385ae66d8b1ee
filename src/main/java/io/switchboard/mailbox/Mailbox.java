package io.switchboard.mailbox;

import io.switchboard.cluster.Cluster;
import io.switchboard.delivery.IdempotencyKey;
import io.switchboard.delivery.Send;
import io.switchboard.delivery.StoredDelivery;
import io.switchboard.delivery.StoredDelivery.Stage;
import io.switchboard.delivery.Target;
import io.switchboard.events.EventStream;
import io.switchboard.events.EventType;
import io.switchboard.mailbox.MailboxResult.Entry;
import io.switchboard.mailbox.MailboxResult.Reason;
import io.switchboard.mailbox.MailboxResult.Rejected;
import io.switchboard.mailbox.MailboxResult.Reported;
import io.switchboard.mailbox.MessageRows.Known;
import io.switchboard.mailbox.StoredMessage.State;
import io.switchboard.peer.DurationText;
import io.switchboard.peer.Listener;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.NameReach;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.PeerSnapshot;
import io.switchboard.peer.Reach;
import io.switchboard.store.Store;
import io.switchboard.store.StoreException;
import io.switchboard.store.Transaction;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Stores messages for names, lists them and cancels them. Thread-safe; its methods block. */
@Component
public final class Mailbox {
    private static final Logger log = LoggerFactory.getLogger(Mailbox.class);
    private static final int ROWS_PER_QUERY = 1_000;

    /**
     * One page of how much each name has.
     *
     * @param next the {@code after} of the next page; null on the last one
     */
    public record Names(
            long messages, long bytes, @Nullable String next, List<MailboxSize> mailboxes) {}

    /** One page of the messages of a name that are stored or being sent, oldest first. */
    public record Messages(
            String name,
            int total,
            long bytes,
            @Nullable String next,
            List<StoredMessage> messages) {}

    /** The result of cancelling: the message as it is now, and whether this call cancelled it. */
    public record Cancelled(StoredMessage message, boolean done) {}

    private final Store store;
    private final Courier courier;
    private final StoredDelivery delivery;
    private final PeerRegistry registry;
    private final EventStream events;
    private final MailboxProperties properties;
    private final Totals totals;
    private final NameReach nameReach;
    private final Cluster cluster;
    private final SharedMail shared;
    private final MailNotice notice;
    private final RemoteListeners remote;
    private final Listeners listeners;
    private final AtomicLong sequence = new AtomicLong();
    private final AtomicBoolean used = new AtomicBoolean();

    Mailbox(
            Store store,
            Courier courier,
            StoredDelivery delivery,
            PeerRegistry registry,
            EventStream events,
            MailboxProperties properties,
            Totals totals,
            NameReach nameReach,
            Cluster cluster,
            SharedMail shared,
            MailNotice notice,
            RemoteListeners remote,
            Listeners listeners) {
        this.store = store;
        this.courier = courier;
        this.delivery = delivery;
        this.registry = registry;
        this.events = events;
        this.properties = properties;
        this.totals = totals;
        this.nameReach = nameReach;
        this.cluster = cluster;
        this.shared = shared;
        this.notice = notice;
        this.remote = remote;
        this.listeners = listeners;
    }

    /** What one transaction stored. */
    private sealed interface Insertion {
        record Done(
                List<StoredMessage> messages,
                boolean repeated,
                Map<String, Optional<String>> listeners,
                Transaction in)
                implements Insertion {}

        record Refused(Rejected rejected) implements Insertion {}
    }

    /** Returns why this node stores no messages; empty if it does. */
    public Optional<String> objection() {
        return cluster.single() || store.shared()
                ? Optional.empty()
                : Optional.of(
                        "nodes of a cluster store messages in PostgreSQL: set spring.datasource.url (jdbc:postgresql://HOST/DATABASE), username and password at every node, or send without ttl");
    }

    /**
     * Stores a message for each of its names, then waits up to {@link Send#timeout} until it has
     * reached {@link Send#until} at the peers that are connected, to any node. It does not wait for
     * peers that are not.
     *
     * @param send with a ttl; its targets are names
     * @throws StoreException the message may not have been stored
     * @throws InterruptedException the message may have been stored
     */
    public MailboxResult send(Send send, @Nullable String key) throws InterruptedException {
        Duration ttl = send.ttl();
        if (ttl == null) {
            throw new IllegalArgumentException("a message without ttl is not stored");
        }
        List<String> names = send.to().stream().map(Target::text).distinct().toList();
        Optional<Rejected> rejected = rejection(send, ttl, names);
        if (rejected.isPresent()) {
            return rejected.get();
        }
        if (used.compareAndSet(false, true)) {
            log.info(
                    "messages are stored: any peer that can claim a name at {} receives those for the name (switchboard.mailbox.listeners)",
                    properties.listeners().isEmpty() ? "any listener" : properties.listeners());
        }
        courier.begin();
        Map<String, String> ids = new LinkedHashMap<>();
        names.forEach(name -> ids.put(name, registry.boot() + "-m" + sequence.incrementAndGet()));
        Map<String, CompletableFuture<String>> reached = new LinkedHashMap<>();
        Map<String, Boolean> known = new ConcurrentHashMap<>();
        for (String name : names) {
            known.put(
                    name,
                    !(registry.find(name, send.reach()) instanceof PeerRegistry.Lookup.Unknown));
            if (!cluster.single() || !courier.sessions(name).isEmpty()) {
                CompletableFuture<String> status = new CompletableFuture<>();
                String id = ids.getOrDefault(name, "");
                reached.put(id, status);
                courier.await(id, waiter(send.until(), status));
            }
        }
        try {
            Insertion insertion =
                    write(ids.keySet(), in -> insert(in, ids, send, ttl, key, known), this::count);
            return switch (insertion) {
                case Insertion.Refused(Rejected refused) -> refused;
                case Insertion.Done(
                                List<StoredMessage> messages,
                                boolean repeated,
                                Map<String, Optional<String>> listeners,
                                Transaction in) -> {
                    if (!repeated) {
                        messages.forEach(each -> stored(each, lastSeenAt(each, listeners), in));
                        tellOthers(messages, send, reached, known);
                        MailNotice.awaitAll(reached.values(), send.timeout().toNanos());
                    }
                    yield report(messages, reached, known);
                }
            };
        } finally {
            ids.values().forEach(courier::forget);
        }
    }

    /** Counts what was stored, on the thread {@code store}. */
    private void count(Insertion insertion) {
        if (insertion instanceof Insertion.Done done && !done.repeated()) {
            done.messages().forEach(each -> totals.add(1, each.bytes()));
        }
    }

    /** Completes a future with the status of a message when it need not be waited for. */
    static Courier.Waiter waiter(Send.Wait until, CompletableFuture<String> status) {
        return new Courier.Waiter() {
            @Override
            public void reached(Stage stage) {
                if (reaches(stage, until)) {
                    status.complete(stage == Stage.UNACKNOWLEDGEABLE ? "written" : word(stage));
                }
            }

            @Override
            public void ended(State state) {
                status.complete(state.word());
            }
        };
    }

    /** Returns where the name of a message was last seen; null if that is not known. */
    private static @Nullable String lastSeenAt(
            StoredMessage message, Map<String, Optional<String>> listeners) {
        return listeners.getOrDefault(message.name(), Optional.empty()).orElse(null);
    }

    private static boolean reaches(Stage stage, Send.Wait until) {
        return switch (stage) {
            case QUEUED -> until == Send.Wait.QUEUED;
            case WRITTEN -> until != Send.Wait.ACKED;
            case ACKED, UNACKNOWLEDGEABLE -> true;
            case FAILED, REFUSED, EXPIRED -> false;
        };
    }

    private static String word(Stage stage) {
        return stage.name().toLowerCase(Locale.ROOT);
    }

    private void stored(StoredMessage message, @Nullable String listener, Transaction in) {
        shared.stirred();
        courier.expiresAt(in.nanosAt(message.expiresAt().toEpochMilli()));
        events.stored(EventType.MESSAGE_STORED, message.event(), null, listener);
        if (!courier.sessions(message.name()).isEmpty()) {
            courier.wake(message.name());
        }
    }

    /** Tells the other nodes, and ends the wait for names that no node has. */
    private void tellOthers(
            List<StoredMessage> messages,
            Send send,
            Map<String, CompletableFuture<String>> reached,
            Map<String, Boolean> known) {
        if (cluster.single()) {
            return;
        }
        Map<String, String> names =
                messages.stream().collect(Collectors.toMap(StoredMessage::id, StoredMessage::name));
        var _ =
                notice.send(
                                messages,
                                send,
                                each -> {
                                    if (each.known()) {
                                        known.put(names.getOrDefault(each.id(), ""), true);
                                    }
                                    CompletableFuture<String> future = reached.get(each.id());
                                    if (each.status() != null && future != null) {
                                        future.complete(each.status());
                                    }
                                })
                        .thenRun(
                                () ->
                                        messages.stream()
                                                .filter(
                                                        each ->
                                                                courier.sessions(each.name())
                                                                        .isEmpty())
                                                .map(each -> reached.get(each.id()))
                                                .filter(Objects::nonNull)
                                                .forEach(each -> each.complete("stored")));
    }

    private Optional<Rejected> rejection(Send send, Duration ttl, List<String> names)
            throws InterruptedException {
        Optional<String> objection = objection();
        if (objection.isPresent()) {
            return rejected(Reason.NOT_AVAILABLE, objection.get());
        }
        if (ttl.compareTo(Duration.ofSeconds(1)) < 0 || ttl.compareTo(properties.maxTtl()) > 0) {
            return rejected(
                    Reason.BAD_TTL,
                    "ttl=%s: it takes 1s to %s (switchboard.mailbox.max-ttl)"
                            .formatted(
                                    DurationText.inLargestUnit(ttl),
                                    DurationText.inLargestUnit(properties.maxTtl())));
        }
        for (String name : names) {
            if (!nameReach.includes(send.reach(), name)) {
                return rejected(
                        Reason.OUT_OF_REACH,
                        "to=%s: messages are stored for a name and its later peers, and this client reaches only some listeners or groups: it can store for names that switchboard.groups puts into its groups, if it reaches all of switchboard.mailbox.listeners"
                                .formatted(name));
            }
            for (PeerSession session : courier.sessions(name)) {
                Optional<String> fault =
                        send.reach().includes(session)
                                ? delivery.objection(send, session)
                                : Optional.empty();
                if (fault.isPresent()) {
                    return rejected(Reason.BAD_PAYLOAD, fault.get());
                }
            }
        }
        return cluster.single() ? Optional.empty() : rejectionElsewhere(send, names);
    }

    /**
     * Returns a rejection if a peer of another node cannot get the message. The nodes have the same
     * listeners, so none is asked if no listener of this node has an objection.
     */
    private Optional<Rejected> rejectionElsewhere(Send send, List<String> names)
            throws InterruptedException {
        Map<String, String> faults = new HashMap<>();
        for (Listener each : send.reach().within(listeners.all())) {
            delivery.objection(send, each).ifPresent(fault -> faults.put(each.name(), fault));
        }
        if (faults.isEmpty()) {
            return Optional.empty();
        }
        return remote.of(names, send.reach()).stream()
                .filter(send.reach()::includesListener)
                .map(faults::get)
                .filter(Objects::nonNull)
                .findFirst()
                .flatMap(fault -> rejected(Reason.BAD_PAYLOAD, fault));
    }

    private static Optional<Rejected> rejected(Reason reason, String detail) {
        return Optional.of(new Rejected(reason, detail));
    }

    private Insertion insert(
            Transaction in,
            Map<String, String> ids,
            Send send,
            Duration ttl,
            @Nullable String key,
            Map<String, Boolean> known) {
        List<StoredMessage> earlier = new ArrayList<>();
        if (key != null) {
            for (String name : ids.keySet()) {
                Optional<Known> found = MessageRows.byKey(in, key, name);
                if (found.isPresent()
                        && found.get().requestHash() != MessageRows.requestHash(send)) {
                    return new Insertion.Refused(
                            new Rejected(
                                    Reason.KEY_REUSED,
                                    "Idempotency-Key '%s' was used for a different message: use a new key for each message"
                                            .formatted(IdempotencyKey.shown(key))));
                }
                found.ifPresent(each -> earlier.add(each.message()));
            }
            if (!earlier.isEmpty()) {
                return new Insertion.Done(earlier, true, Map.of(), in);
            }
        }
        int length = send.payload().length;
        for (String name : ids.keySet()) {
            MailboxSize amount = MessageRows.amount(in, name);
            if (amount.messages() > 0) {
                known.put(name, true);
            }
            if (amount.messages() + 1 > properties.maxMessages()
                    || amount.bytes() + length > properties.maxBytes().toBytes()) {
                return new Insertion.Refused(
                        new Rejected(
                                Reason.MAILBOX_FULL,
                                "%d messages with %d bytes wait for '%s', and the limits are %d and %d bytes (switchboard.mailbox.max-messages, max-bytes): cancel some, DELETE /mailboxes/%s cancels all"
                                        .formatted(
                                                amount.messages(),
                                                amount.bytes(),
                                                name,
                                                properties.maxMessages(),
                                                properties.maxBytes().toBytes(),
                                                name)));
            }
        }
        if (totals.full((long) length * ids.size())) {
            return new Insertion.Refused(
                    new Rejected(Reason.STORE_FULL, totals.amount(send.reach())));
        }
        List<StoredMessage> messages = new ArrayList<>(ids.size());
        ids.forEach(
                (name, id) ->
                        messages.add(
                                MessageRows.insert(
                                        in, id, name, send, ttl, key, lastSeenAt(name))));
        Map<String, Optional<String>> listeners = MessageRows.withMail(in, ids.keySet());
        for (StoredMessage each : messages) {
            events.store(
                    in, EventType.MESSAGE_STORED, each.event(), null, lastSeenAt(each, listeners));
        }
        return new Insertion.Done(messages, false, listeners, in);
    }

    /** Returns the listener where this node last saw a name; null if that is not known. */
    private @Nullable String lastSeenAt(String name) {
        return switch (registry.find(name)) {
            case PeerRegistry.Lookup.Live(PeerSession session) -> session.listener().name();
            case PeerRegistry.Lookup.Several(List<PeerSession> sessions) ->
                    sessions.getFirst().listener().name();
            case PeerRegistry.Lookup.Closed(Optional<PeerSnapshot> last) ->
                    last.map(PeerSnapshot::listener).orElse(null);
            case PeerRegistry.Lookup.Unknown _ -> null;
        };
    }

    private static Reported report(
            List<StoredMessage> messages,
            Map<String, CompletableFuture<String>> reached,
            Map<String, Boolean> known) {
        List<Entry> entries = new ArrayList<>(messages.size());
        for (StoredMessage each : messages) {
            CompletableFuture<String> future = reached.get(each.id());
            String reachedStatus = future == null ? null : future.getNow(null);
            String now = each.state() == State.SENDING ? "stored" : each.state().word();
            String status = Objects.requireNonNullElse(reachedStatus, now);
            entries.add(
                    new Entry(
                            each.id(),
                            each.name(),
                            status,
                            Boolean.TRUE.equals(known.get(each.name()))));
        }
        Instant expiresAt =
                messages.stream()
                        .map(StoredMessage::expiresAt)
                        .min(Instant::compareTo)
                        .orElseThrow();
        return new Reported(entries, expiresAt);
    }

    /** Returns a message in reach; empty if there is none, or it ended some time ago. */
    public Optional<StoredMessage> find(String id, Reach reach) {
        Optional<StoredMessage> found =
                store.read(in -> MessageRows.find(in, id), Optional.empty());
        return found.filter(each -> nameReach.includes(reach, each.name()))
                .map(each -> shown(each, reach));
    }

    /**
     * Returns what a caller may see of a message. In a restricted reach, the peers to which it was
     * offered are those of this node that are in reach.
     */
    private StoredMessage shown(StoredMessage message, Reach reach) {
        return reach.includesAll()
                ? message
                : message.withPeers(
                        message.peers().stream()
                                .filter(
                                        each ->
                                                !(registry.find(each, reach)
                                                        instanceof PeerRegistry.Lookup.Unknown))
                                .toList());
    }

    /**
     * Cancels a message if its sending has not begun; empty if there is no such message in reach.
     */
    public Optional<Cancelled> cancel(String id, Reach reach) throws InterruptedException {
        if (!store.exists()) {
            return Optional.empty();
        }
        List<String> names = find(id, reach).map(StoredMessage::name).stream().toList();
        if (names.isEmpty()) {
            return Optional.empty();
        }
        Optional<Cancellation> result = write(names, in -> tryCancel(in, id), this::countCancelled);
        result.filter(each -> each.cancelled().done())
                .ifPresent(each -> cancelled(each.cancelled().message(), each.listeners()));
        return result.map(Cancellation::cancelled)
                .map(each -> new Cancelled(shown(each.message(), reach), each.done()));
    }

    /** The result of cancelling, and where the name of the message was last seen. */
    private record Cancellation(Cancelled cancelled, Map<String, Optional<String>> listeners) {}

    private Optional<Cancellation> tryCancel(Transaction in, String id) {
        return MessageRows.find(in, id)
                .map(
                        each -> {
                            var listeners = MessageRows.withMail(in, List.of(each.name()));
                            boolean done = cancel(in, each, listeners);
                            return new Cancellation(
                                    new Cancelled(MessageRows.find(in, id).orElse(each), done),
                                    listeners);
                        });
    }

    private void countCancelled(Optional<Cancellation> result) {
        result.map(Cancellation::cancelled)
                .filter(Cancelled::done)
                .ifPresent(each -> totals.add(-1, -each.message().bytes()));
    }

    /** Writes as {@link Store#writeAndWait} does; tells the courier if nobody knows whether. */
    private <T> T write(Collection<String> names, Transaction.Work<T> work, Consumer<T> committed)
            throws InterruptedException {
        try {
            return store.writeAndWait(names, work, committed);
        } catch (StoreException e) {
            if (e.uncertain()) {
                courier.failed();
            }
            throw e;
        }
    }

    private boolean cancel(
            Transaction in, StoredMessage message, Map<String, Optional<String>> listeners) {
        boolean done = MessageRows.endStored(in, message, State.CANCELLED);
        if (done) {
            events.store(
                    in,
                    EventType.MESSAGE_CANCELLED,
                    message.event(),
                    null,
                    lastSeenAt(message, listeners));
        }
        return done;
    }

    private void cancelled(StoredMessage message, Map<String, Optional<String>> listeners) {
        courier.ended(
                State.CANCELLED,
                message.id(),
                message.name(),
                null,
                lastSeenAt(message, listeners));
    }

    /**
     * Cancels the messages of a name whose sending has not begun, and returns their number; none if
     * the name is out of reach.
     */
    public int cancelAll(String name, Reach reach) throws InterruptedException {
        if (!store.exists() || !nameReach.includes(reach, name)) {
            return 0;
        }
        record Result(List<StoredMessage> cancelled, Map<String, Optional<String>> listeners) {}
        Result result =
                write(
                        List.of(name),
                        in -> {
                            var listeners = MessageRows.withMail(in, List.of(name));
                            List<StoredMessage> cancelled =
                                    MessageRows.waiting(in, name, "", Integer.MAX_VALUE).stream()
                                            .filter(each -> cancel(in, each, listeners))
                                            .toList();
                            return new Result(cancelled, listeners);
                        },
                        done -> done.cancelled().forEach(each -> totals.add(-1, -each.bytes())));
        result.cancelled().forEach(each -> cancelled(each, result.listeners()));
        return result.cancelled().size();
    }

    /** Returns the names in reach with messages, in their order, after the name {@code after}. */
    public Names names(String after, int limit, Reach reach) {
        if (!reach.includesAll()) {
            return store.read(
                    in -> namesInReach(in, after, limit, reach), new Names(0, 0, null, List.of()));
        }
        return store.read(
                in -> {
                    List<MailboxSize> rows = MessageRows.amounts(in, after, limit + 1);
                    boolean more = rows.size() > limit;
                    List<MailboxSize> page = more ? rows.subList(0, limit) : rows;
                    return new Names(
                            totals.messages(),
                            totals.bytes(),
                            more ? page.getLast().name() : null,
                            page);
                },
                new Names(0, 0, null, List.of()));
    }

    private Names namesInReach(Transaction in, String after, int limit, Reach reach) {
        AtomicLong messages = new AtomicLong();
        AtomicLong bytes = new AtomicLong();
        walk(
                in,
                "",
                reach,
                each -> {
                    messages.addAndGet(each.messages());
                    bytes.addAndGet(each.bytes());
                    return true;
                });
        List<MailboxSize> rows = new ArrayList<>();
        walk(
                in,
                after,
                reach,
                each -> {
                    rows.add(each);
                    return rows.size() <= limit;
                });
        boolean more = rows.size() > limit;
        List<MailboxSize> page = more ? rows.subList(0, limit) : rows;
        return new Names(messages.get(), bytes.get(), more ? page.getLast().name() : null, page);
    }

    /** Reads the names in reach after a name, in their order, until {@code next} returns false. */
    private void walk(Transaction in, String after, Reach reach, Predicate<MailboxSize> next) {
        List<MailboxSize> rows;
        String last = after;
        do {
            rows = MessageRows.amounts(in, last, ROWS_PER_QUERY);
            for (MailboxSize each : rows) {
                last = each.name();
                if (nameReach.includes(reach, last) && !next.test(each)) {
                    return;
                }
            }
        } while (rows.size() == ROWS_PER_QUERY);
    }

    /**
     * Returns the messages of a name that wait, after the message with the id {@code after}; none
     * if the name is out of reach.
     */
    public Messages messages(String name, String after, int limit, Reach reach) {
        if (!nameReach.includes(reach, name)) {
            return new Messages(name, 0, 0, null, List.of());
        }
        return store.read(
                in -> {
                    List<StoredMessage> rows = MessageRows.waiting(in, name, after, limit + 1);
                    MailboxSize amount = MessageRows.amount(in, name);
                    boolean more = rows.size() > limit;
                    List<StoredMessage> page = more ? rows.subList(0, limit) : rows;
                    return new Messages(
                            name,
                            amount.messages(),
                            amount.bytes(),
                            more ? page.getLast().id() : null,
                            page.stream().map(each -> shown(each, reach)).toList());
                },
                new Messages(name, 0, 0, null, List.of()));
    }
}
