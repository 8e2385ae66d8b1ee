package io.switchboard.listener;

import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Node;
import io.switchboard.cluster.RpcHandler;
import io.switchboard.cluster.RpcMethod;
import io.switchboard.cluster.RpcResult;
import io.switchboard.listener.ListenerControl.Checked;
import io.switchboard.listener.ListenerControl.Difference;
import io.switchboard.listener.ListenerFault.Reason;
import io.switchboard.listener.ListenerRows.Row;
import io.switchboard.peer.Listeners;
import io.switchboard.store.Store;
import io.switchboard.store.StoreException;
import io.switchboard.store.Transaction;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Creates, changes and removes the listeners of the API, on this node and on others. Each operation
 * claims the name of the listener, changes this node and the store, then tells the other nodes. If
 * the store fails, this node is as before: a listener is opened before it is stored, because its
 * address may be in use, and is changed after it. All methods block.
 */
@Component
public final class ListenerService
        implements RpcHandler<ListenerService.Request, ListenerService.Answer> {
    private static final Logger log = LoggerFactory.getLogger(ListenerService.class);
    private static final RpcMethod<Request, Answer> METHOD =
            new RpcMethod<>("listener", Request.class, Answer.class);

    /** What a node asks another one to do. */
    public enum Operation {
        CREATE,
        CHANGE,
        REMOVE,
        /** The row has changed: make the listener what it says. */
        SYNC
    }

    /**
     * A request to another node.
     *
     * @param keys the keys, or their changes, as JSON; null if there are none
     * @param drainMillis the time for the peers of a listener that is removed
     */
    public record Request(
            @Nullable Operation operation,
            String name,
            @Nullable String node,
            @Nullable String keys,
            long drainMillis,
            @Nullable String farewell) {}

    /**
     * The answer of another node.
     *
     * @param closed the number of peers that were closed
     * @param reason the constant of {@link Reason}; null if the request was executed
     * @param error why it was not, or after {@code SYNC} why the listener is not open
     */
    public record Answer(
            int closed,
            @Nullable String reason,
            @Nullable String key,
            @Nullable String value,
            @Nullable String error) {
        static Answer done(int closed) {
            return new Answer(closed, null, null, null, null);
        }
    }

    /**
     * What became of a request.
     *
     * @param closed the number of peers that were closed, over all nodes that answered
     * @param errors why nodes have not followed, by the name of the node
     */
    public record Outcome(int closed, Map<String, String> errors) {}

    private final ListenerControl control;
    private final ListenerCatalog catalog;
    private final ListenerNames names;
    private final StoredListeners stored;
    private final Listeners listeners;
    private final Store store;
    private final Cluster cluster;

    ListenerService(
            ListenerControl control,
            ListenerCatalog catalog,
            ListenerNames names,
            StoredListeners stored,
            Listeners listeners,
            Store store,
            Cluster cluster) {
        this.control = control;
        this.catalog = catalog;
        this.names = names;
        this.stored = stored;
        this.listeners = listeners;
        this.store = store;
        this.cluster = cluster;
    }

    /** Returns the keys of a listener, without those below them; in a set of the caller's own. */
    public SortedSet<String> keys() {
        return control.keys();
    }

    /**
     * Creates a listener and stores it.
     *
     * @param node the name of the only node that gets it; null for every node
     * @param keys its keys; nested keys are maps
     * @throws ListenerFault it is not created
     * @throws StoreException it cannot be stored, and is not created
     */
    public Outcome create(String name, @Nullable String node, Map<String, Object> keys)
            throws InterruptedException {
        if (node != null && !node.equals(cluster.self().name())) {
            return execute(
                    node,
                    new Request(Operation.CREATE, name, node, ListenerRows.json(keys), 0, null));
        }
        if (node == null && !cluster.single() && !store.shared()) {
            throw new ListenerFault(
                    Reason.NEEDS_SHARED_STORE,
                    "nodes of a cluster keep listeners in PostgreSQL: set spring.datasource.url (jdbc:postgresql://HOST/DATABASE), username and password at every node, or create the listener with node= at one of them");
        }
        try (ListenerNames.Claim _ = names.claim(name)) {
            Checked checked = control.check(name, keys);
            if (listeners.find(name).isPresent()
                    || catalog.isConfigured(name)
                    || catalog.created(name).isPresent()) {
                throw exists(name);
            }
            catalog.requireRoom();
            Row row = new Row(name, node, keys);
            control.open(checked);
            boolean kept = false;
            try {
                kept = write(name, in -> ListenerRows.insert(in, row));
            } finally {
                if (!kept) {
                    control.close(name, Duration.ZERO, null);
                }
            }
            if (!kept) {
                throw exists(name);
            }
            catalog.put(new RuntimeListener(name, node, keys, null));
        }
        stored.maintain();
        return gather(0, node == null ? tellOthers(sync(name)) : Map.of());
    }

    private ListenerFault exists(String name) {
        return new ListenerFault(
                Reason.LISTENER_EXISTS,
                "name",
                name,
                catalog.isConfigured(name)
                        ? "name is '%s', which a listener of the configuration has: choose another one"
                                .formatted(name)
                        : "name is '%s', which a listener has: choose another one, or change that one with PATCH /listeners/%s"
                                .formatted(name, name),
                null);
    }

    private <T> T write(String name, Transaction.Work<T> work) throws InterruptedException {
        return store.writeAndWait(List.of(name), work, _ -> {});
    }

    /**
     * Changes keys of a listener that need no new socket. Its peers stay connected.
     *
     * @param changes the keys with their values; null removes a key
     * @throws ListenerFault the listener is not changed
     * @throws StoreException the change cannot be stored, and the listener is not changed
     */
    public Outcome change(String name, Map<String, ?> changes) throws InterruptedException {
        @Nullable String owner = owner(name);
        if (owner != null) {
            return execute(
                    owner,
                    new Request(
                            Operation.CHANGE,
                            name,
                            owner,
                            ListenerRows.json(new TreeMap<>(changes)),
                            0,
                            null));
        }
        RuntimeListener changed;
        try (ListenerNames.Claim _ = names.claim(name)) {
            RuntimeListener current = here(name);
            Map<String, Object> keys = KeyPatch.apply(current.keys(), changes);
            Checked checked = control.check(name, keys);
            if (current.error() == null) {
                changeOpen(current, checked, new Row(name, current.node(), keys));
            } else {
                control.open(checked);
                boolean kept = false;
                try {
                    kept = write(name, in -> ListenerRows.update(in, row(current, keys)));
                } finally {
                    if (!kept) {
                        control.close(name, Duration.ZERO, null);
                    }
                }
            }
            changed = new RuntimeListener(name, current.node(), keys, null);
            catalog.put(changed);
        }
        return gather(0, changed.node() == null ? tellOthers(sync(name)) : Map.of());
    }

    private static Row row(RuntimeListener listener, Map<String, Object> keys) {
        return new Row(listener.name(), listener.node(), keys);
    }

    private void changeOpen(RuntimeListener current, Checked next, Row row)
            throws InterruptedException {
        Difference difference = control.compare(next);
        if (!difference.newSocket().isEmpty()) {
            throw new ListenerFault(
                    Reason.NEEDS_NEW_LISTENER,
                    difference.newSocket().getFirst(),
                    null,
                    "%s cannot change while the listener is open: remove it with DELETE /listeners/%s, and create it again with POST /listeners"
                            .formatted(String.join(", ", difference.newSocket()), row.name()),
                    null);
        }
        control.checkNothingGivenUp(next);
        // the store first: while it does not answer, a change could close peers, such as idle ones;
        // also if nothing changes here, because the row may be that of a change that failed
        if (!write(row.name(), in -> ListenerRows.update(in, row))) {
            throw unknown(row.name());
        }
        if (difference.isNone()) {
            return;
        }
        try {
            control.change(next);
        } catch (RuntimeException failure) {
            undo(current, failure);
            throw failure;
        }
    }

    /**
     * Undoes a change that has failed, perhaps half way: at this node whatever the store does, and
     * in the store. What cannot be undone is logged and added to the failure.
     */
    private void undo(RuntimeListener before, RuntimeException failure) {
        String name = before.name();
        try {
            control.change(control.check(name, before.keys()));
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
            log.warn(
                    "listener {}: a change has failed, and part of it is in effect; remove the listener and create it again: {}",
                    name,
                    e.toString());
        }
        try {
            write(name, in -> ListenerRows.update(in, row(before, before.keys())));
        } catch (StoreException | InterruptedException e) {
            failure.addSuppressed(e);
            log.warn(
                    "listener {}: a change has failed, but stays in the store, and takes effect at the next start, in a cluster within a minute; PATCH /listeners/{} with any key, when the store works again, stores what is in effect: {}",
                    name,
                    name,
                    e.toString());
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Returns a listener of the API at this node. */
    private RuntimeListener here(String name) {
        if (catalog.isConfigured(name)) {
            throw new ListenerFault(
                    Reason.CONFIGURED_LISTENER,
                    "listener '%s' is one of the configuration: change switchboard.listeners.%s there, and POST /actuator/reload"
                            .formatted(name, name));
        }
        return catalog.created(name).orElseThrow(() -> unknown(name));
    }

    private ListenerFault unknown(String name) {
        return new ListenerFault(
                Reason.UNKNOWN_LISTENER,
                "there is no listener '%s': GET /listeners lists them".formatted(name));
    }

    /**
     * Removes a listener: its peers are closed, and its address is free when this returns.
     *
     * @param drain the time for the outboxes of the peers
     * @param farewell the last message to each peer; null for none
     * @throws ListenerFault it is not removed
     * @throws StoreException it cannot be removed from the store, and stays
     */
    public Outcome remove(String name, Duration drain, @Nullable String farewell)
            throws InterruptedException {
        @Nullable String owner = owner(name);
        Request request =
                new Request(Operation.REMOVE, name, owner, null, drain.toMillis(), farewell);
        if (owner != null) {
            if (cluster.others().stream().noneMatch(each -> owner.equals(each.name()))) {
                write(name, in -> ListenerRows.delete(in, name)); // its node is gone
                return new Outcome(0, Map.of());
            }
            return execute(owner, request);
        }
        try (ListenerNames.Claim _ = names.claim(name)) {
            RuntimeListener current = here(name);
            if (farewell != null) {
                control.checkFarewell(name, farewell);
            }
            write(name, in -> ListenerRows.delete(in, name));
            var pending = current.node() == null ? tellOthers(request) : NOBODY;
            int closed = closeHere(current, drain, farewell);
            return gather(closed, pending);
        }
    }

    private static final Map<Node, CompletableFuture<RpcResult<Answer>>> NOBODY = Map.of();

    private int closeHere(RuntimeListener listener, Duration drain, @Nullable String farewell) {
        int closed = listener.error() == null ? control.close(listener.name(), drain, farewell) : 0;
        catalog.remove(listener.name());
        return closed;
    }

    /** Returns the only node of a stored listener, if that is not this one; otherwise null. */
    private @Nullable String owner(String name) {
        if (cluster.single()
                || !store.shared()
                || catalog.isConfigured(name)
                || catalog.created(name).isPresent()) {
            return null;
        }
        Row row = ListenerRows.find(store, name).orElse(null);
        return row == null || stored.isHere(row) ? null : row.node();
    }

    private static Request sync(String name) {
        return new Request(Operation.SYNC, name, null, null, 0, null);
    }

    private Map<Node, CompletableFuture<RpcResult<Answer>>> tellOthers(Request request) {
        List<Node> others = cluster.others();
        return others.isEmpty() ? NOBODY : cluster.callAll(others, METHOD, request);
    }

    private static Outcome gather(
            int closedHere, Map<Node, CompletableFuture<RpcResult<Answer>>> pending)
            throws InterruptedException {
        int closed = closedHere;
        Map<String, String> errors = new TreeMap<>();
        for (var each : pending.entrySet()) {
            switch (RpcResult.await(each.getValue())) {
                case RpcResult.Answered<Answer>(Answer answer) -> {
                    closed += answer.closed();
                    if (answer.error() != null) {
                        errors.put(each.getKey().label(), answer.error());
                    }
                }
                case RpcResult.Failed<Answer>(var failure) ->
                        errors.put(
                                each.getKey().label(),
                                "no answer (%s); the node reads the store again within a minute"
                                        .formatted(failure.name().toLowerCase(Locale.ROOT)));
            }
        }
        return new Outcome(closed, errors);
    }

    /** Executes a request at the node with this name. */
    private Outcome execute(String node, Request request) throws InterruptedException {
        List<Node> named =
                cluster.others().stream().filter(each -> node.equals(each.name())).toList();
        if (named.size() != 1) {
            throw new ListenerFault(
                    Reason.UNKNOWN_NODE,
                    "node",
                    node,
                    "node is '%s', which is the name (cluster.node) of %s; GET /nodes lists them"
                            .formatted(
                                    node,
                                    named.isEmpty() ? "no node" : named.size() + " other nodes"),
                    null);
        }
        return switch (RpcResult.await(cluster.call(named.getFirst(), METHOD, request))) {
            case RpcResult.Answered<Answer>(Answer answer) -> {
                if (answer.reason() != null) {
                    throw fault(node, answer);
                }
                yield new Outcome(answer.closed(), Map.of());
            }
            case RpcResult.Failed<Answer>(var failure) ->
                    throw new ListenerFault(
                            Reason.NODE_UNAVAILABLE,
                            "node %s did not answer (%s)%s"
                                    .formatted(
                                            node,
                                            failure.name().toLowerCase(Locale.ROOT),
                                            failure.mayHaveRun()
                                                    ? "; it may have executed the request"
                                                    : ""));
        };
    }

    private static RuntimeException fault(String node, Answer answer) {
        String detail = "node %s: %s".formatted(node, answer.error());
        for (Reason each : Reason.values()) {
            if (each.name().equals(answer.reason())) {
                return new ListenerFault(each, answer.key(), answer.value(), detail, null);
            }
        }
        return new StoreException(StoreException.Fault.UNAVAILABLE, detail);
    }

    @Override
    public RpcMethod<Request, Answer> method() {
        return METHOD;
    }

    @Override
    public Answer handle(Request request, long sentAt) throws InterruptedException {
        try {
            Operation operation = Objects.requireNonNull(request.operation());
            return switch (operation) {
                case CREATE ->
                        done(
                                create(
                                        request.name(),
                                        request.node(),
                                        ListenerRows.keys(Objects.requireNonNull(request.keys()))));
                case CHANGE ->
                        done(
                                change(
                                        request.name(),
                                        ListenerRows.keys(Objects.requireNonNull(request.keys()))));
                case REMOVE -> removeHere(request);
                case SYNC -> new Answer(0, null, null, null, stored.reconcile(request.name()));
            };
        } catch (ListenerFault e) {
            return new Answer(0, e.reason().name(), e.key(), e.value(), e.detail());
        } catch (StoreException e) {
            return new Answer(0, e.fault().name(), null, null, e.getMessage());
        }
    }

    private static Answer done(Outcome outcome) {
        return Answer.done(outcome.closed());
    }

    /** Removes a listener because a client has asked this node or another one. */
    private Answer removeHere(Request request) throws InterruptedException {
        Duration drain = Duration.ofMillis(request.drainMillis());
        if (request.node() != null) {
            return done(remove(request.name(), drain, request.farewell()));
        }
        try (ListenerNames.Claim _ = names.claim(request.name())) {
            RuntimeListener current = catalog.created(request.name()).orElse(null);
            return Answer.done(current == null ? 0 : closeHere(current, drain, request.farewell()));
        }
    }
}
