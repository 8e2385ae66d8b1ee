package io.switchboard.mailbox;

import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Node;
import io.switchboard.cluster.RpcHandler;
import io.switchboard.cluster.RpcMethod;
import io.switchboard.cluster.RpcResult;
import io.switchboard.cluster.Scoped;
import io.switchboard.delivery.Send;
import io.switchboard.delivery.Send.Wait;
import io.switchboard.mailbox.StoredMessage.State;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerRegistry.Lookup.Unknown;
import io.switchboard.peer.Reach;
import io.switchboard.store.Store;
import io.switchboard.store.StoreException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Tells the other nodes that messages were stored, and what became of them at a node that has their
 * peers. This is the handler of these notices too. A notice that is lost costs a second: {@link
 * SharedMail} finds the message. Thread-safe.
 */
@Component
final class MailNotice implements RpcHandler<MailNotice.Request, MailNotice.Answer> {
    private static final RpcMethod<Request, Answer> METHOD =
            new RpcMethod<>("mailbox-stored", Request.class, Answer.class);

    private static final Set<State> WAITING = Set.of(State.STORED, State.SENDING);

    /** A message that was sent before its notice came is looked up after this time. */
    private static final long FIRST_WAIT = TimeUnit.MILLISECONDS.toNanos(20);

    /** A stored message. */
    record Item(String id, String name) {
        Item {
            id = Objects.requireNonNullElse(id, "");
            name = Objects.requireNonNullElse(name, "");
        }
    }

    /**
     * @param messages messages that are committed
     * @param until the stage for which their sender waits
     * @param timeoutMillis how long it waits
     * @param reach the peers of which it may know
     */
    record Request(List<Item> messages, @Nullable Wait until, long timeoutMillis, Reach reach)
            implements Scoped {
        Request {
            reach = Reach.orAll(reach);
        }
    }

    /**
     * What became of a message at one node.
     *
     * @param known whether the node knows the name
     * @param status what the sender is told of it; null if the sender would wait on
     */
    record Reached(String id, boolean known, @Nullable String status) {
        Reached {
            id = Objects.requireNonNullElse(id, "");
        }
    }

    record Answer(List<Reached> messages) {}

    private final Cluster cluster;
    private final Courier courier;
    private final SharedMail shared;
    private final PeerRegistry registry;
    private final Store store;

    MailNotice(
            Cluster cluster,
            Courier courier,
            SharedMail shared,
            PeerRegistry registry,
            Store store) {
        this.cluster = cluster;
        this.courier = courier;
        this.shared = shared;
        this.registry = registry;
        this.store = store;
    }

    /**
     * Tells all other nodes that messages were stored. Never blocks.
     *
     * @param heard called with the answers of each node, on any thread; must not block
     * @return completes when no node has more to say
     */
    CompletableFuture<Void> send(List<StoredMessage> messages, Send send, Consumer<Reached> heard) {
        List<Node> others = cluster.others();
        if (others.isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        List<Item> items = messages.stream().map(each -> new Item(each.id(), each.name())).toList();
        Request request = new Request(items, send.until(), send.timeout().toMillis(), send.reach());
        Collection<CompletableFuture<Void>> answers = new ArrayList<>(others.size());
        for (CompletableFuture<RpcResult<Answer>> each :
                cluster.callAll(others, METHOD, request).values()) {
            answers.add(
                    each.thenAccept(
                            result ->
                                    result.toOptional()
                                            .ifPresent(
                                                    answer -> answer.messages().forEach(heard))));
        }
        return CompletableFuture.allOf(answers.toArray(CompletableFuture<?>[]::new));
    }

    @Override
    public RpcMethod<Request, Answer> method() {
        return METHOD;
    }

    /** Sends the messages to the peers of this node, and waits until they have reached a stage. */
    @Override
    public Answer handle(Request request, long sentAt) throws InterruptedException {
        shared.stirred();
        Wait until = Objects.requireNonNullElse(request.until(), Wait.WRITTEN);
        Map<String, CompletableFuture<String>> awaited = new LinkedHashMap<>();
        try {
            for (Item each : request.messages()) {
                if (!courier.sessions(each.name()).isEmpty()) {
                    CompletableFuture<String> future = new CompletableFuture<>();
                    awaited.put(each.id(), future);
                    courier.await(each.id(), Mailbox.waiter(until, future));
                    courier.wake(each.name());
                }
            }
            long timeout = TimeUnit.MILLISECONDS.toNanos(request.timeoutMillis());
            if (!awaitAll(awaited.values(), Math.min(timeout, FIRST_WAIT))) {
                lookUp(awaited);
                awaitAll(awaited.values(), timeout - FIRST_WAIT);
            }
        } finally {
            awaited.keySet().forEach(courier::forget);
        }
        return new Answer(
                request.messages().stream()
                        .map(
                                each -> {
                                    CompletableFuture<String> future = awaited.get(each.id());
                                    return new Reached(
                                            each.id(),
                                            !(registry.find(each.name(), request.reach())
                                                    instanceof Unknown),
                                            future == null ? null : future.getNow(null));
                                })
                        .toList());
    }

    /** Waits until all have a status. Returns whether they had one in time. */
    static boolean awaitAll(Collection<CompletableFuture<String>> awaited, long nanos)
            throws InterruptedException {
        try {
            CompletableFuture.allOf(awaited.toArray(CompletableFuture<?>[]::new))
                    .get(Math.max(0, nanos), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private void lookUp(Map<String, CompletableFuture<String>> awaited) {
        try {
            List<StoredMessage> found = store.read(in -> MessageRows.find(in, awaited.keySet()));
            for (StoredMessage each : found) {
                CompletableFuture<String> future = awaited.get(each.id());
                if (future != null && !WAITING.contains(each.state())) {
                    future.complete(each.state().word());
                }
            }
        } catch (StoreException e) {
            // the sender is told that the message is stored
        }
    }
}
