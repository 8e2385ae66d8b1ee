package io.switchboard.delivery;

import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Node;
import io.switchboard.cluster.RpcHandler;
import io.switchboard.cluster.RpcMethod;
import io.switchboard.cluster.RpcResult;
import io.switchboard.cluster.RpcResult.RpcFailure;
import io.switchboard.peer.PeerId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Sends messages to the peers of this node and, by typed requests, of the other nodes, and answers
 * these requests. Thread-safe.
 */
@Component
final class ClusterDelivery implements RpcHandler<ClusterDelivery.Request, NodeResult> {
    /**
     * Asks a node to send a message. Of these fields, another release may leave out any.
     *
     * @param send names the targets that the node may have
     * @param delivery the id of the whole delivery
     * @param key the client's idempotency key; null without one
     */
    record Request(@Nullable Send send, String delivery, @Nullable String key) {
        Request {
            delivery = Objects.requireNonNullElse(delivery, "");
        }
    }

    private final LocalDelivery local;
    private final Cluster cluster;
    private final IdempotencyStore store;

    ClusterDelivery(LocalDelivery local, Cluster cluster, IdempotencyStore store) {
        this.local = local;
        this.cluster = cluster;
        this.store = store;
    }

    @Override
    public RpcMethod<Request, NodeResult> method() {
        return new RpcMethod<>("send", Request.class, NodeResult.class);
    }

    @Override
    public NodeResult handle(Request request, long askedAt) throws InterruptedException {
        return sendHere(request, ConnectionCutoff.at(askedAt));
    }

    /** Sends a message to the peers of this node, once for each idempotency key. */
    private NodeResult sendHere(Request request, ConnectionCutoff cutoff)
            throws InterruptedException {
        Send send = request.send();
        String key = request.key();
        String id = request.delivery();
        if (send == null) {
            return new SendResult.Rejected(SendResult.Reason.OTHER, "the request has no message");
        }
        return key == null
                ? local.send(send, id, cutoff)
                : store.once(
                        NodeResult.class, key, send.hash(), () -> local.send(send, id, cutoff));
    }

    /**
     * Offers a message to each of its targets and waits as far as it asks; see {@link
     * LocalDelivery#send}. A node that does not answer makes the report partial.
     *
     * @param key the idempotency key under which each node sends the message once; null without one
     */
    NodeResult send(Send send, @Nullable String key) throws InterruptedException {
        if (cluster.single()) {
            // the fast path: routing parses each reference, which costs as much as the look-up
            return local.send(send, local.nextId(), ConnectionCutoff.NONE);
        }
        ConnectionCutoff cutoff = ConnectionCutoff.at(System.nanoTime());
        String self = cluster.self().id();
        Routing routing = Routing.of(send.to());
        boolean everywhere = !routing.everywhere().isEmpty();
        String id = local.nextId();
        ReportMerger merger = new ReportMerger(id, send.results(), routing.names());
        Map<Node, Request> requests = new LinkedHashMap<>();
        for (Node node : everywhere ? cluster.others() : List.<Node>of()) {
            requests.put(node, new Request(send.to(routing.at(node.id())), id, key));
        }
        for (String owner : routing.byOwner().keySet()) {
            Optional<Node> node = owner.equals(self) ? Optional.empty() : cluster.find(owner);
            if (node.isPresent()) {
                Send its = send.to(routing.at(owner));
                requests.putIfAbsent(node.get(), new Request(its, id, key));
            } else if (!owner.equals(self)) {
                FailureReason reason =
                        cluster.connected() ? FailureReason.UNKNOWN : FailureReason.BUS_UNAVAILABLE;
                merger.absent(routing.only(owner), new Outcome.Failed(false, reason));
            }
        }
        boolean same = Set.of(self).containsAll(routing.byOwner().keySet());
        Map<Node, CompletableFuture<RpcResult<NodeResult>>> answers = ask(requests, same);
        List<Target> own = routing.at(self);
        if (!own.isEmpty()) {
            merger.add(sendHere(new Request(send.to(own), id, key), cutoff));
        }
        for (Map.Entry<Node, CompletableFuture<RpcResult<NodeResult>>> each : answers.entrySet()) {
            String node = each.getKey().id();
            switch (RpcResult.await(each.getValue())) {
                case RpcResult.Answered<NodeResult>(NodeResult result) -> merger.add(result);
                case RpcResult.Failed<NodeResult>(RpcFailure failure) ->
                        merger.failed(each.getKey(), failure, routing.only(node), everywhere);
            }
        }
        if (everywhere && !cluster.connected()) {
            merger.incomplete();
        }
        return merger.result();
    }

    /** Asks the nodes; if all are asked the same, one message is enough. */
    private Map<Node, CompletableFuture<RpcResult<NodeResult>>> ask(
            Map<Node, Request> requests, boolean same) {
        if (same && !requests.isEmpty()) {
            Request one = requests.values().iterator().next();
            return cluster.callAll(requests.keySet(), method(), one);
        }
        Map<Node, CompletableFuture<RpcResult<NodeResult>>> answers = new LinkedHashMap<>();
        requests.forEach((to, each) -> answers.put(to, cluster.call(to, method(), each)));
        return answers;
    }

    /**
     * Assigns the targets of a message to the nodes that can have them. A peer's id contains the id
     * of its node; a name or a group may be at any node.
     *
     * @param byOwner the peers that are named by id, by the id of their node
     * @param everywhere the targets that every node may have
     */
    private record Routing(Map<String, List<Target>> byOwner, List<Target> everywhere) {

        static Routing of(List<Target> to) {
            Routing routing = new Routing(new LinkedHashMap<>(1), new ArrayList<>(1));
            for (Target target : to) {
                Optional<PeerId> id =
                        target instanceof Target.One(String reference)
                                ? PeerId.parse(reference)
                                : Optional.empty();
                id.map(
                                each ->
                                        routing.byOwner.computeIfAbsent(
                                                each.node(), _ -> new ArrayList<>(1)))
                        .orElse(routing.everywhere)
                        .add(target);
            }
            return routing;
        }

        List<Target> at(String node) {
            List<Target> own = byOwner.getOrDefault(node, List.of());
            if (own.isEmpty() || everywhere.isEmpty()) {
                return own.isEmpty() ? everywhere : own;
            }
            List<Target> union = new ArrayList<>(own);
            union.addAll(everywhere);
            return union;
        }

        /** Returns the targets that are peers of the node with this id. */
        List<String> only(String node) {
            return references(byOwner.getOrDefault(node, List.of()));
        }

        List<String> names() {
            return references(everywhere);
        }

        private static List<String> references(List<Target> targets) {
            return targets.stream()
                    .flatMap(
                            each ->
                                    each instanceof Target.One one
                                            ? Stream.of(one)
                                            : Stream.empty())
                    .map(Target.One::reference)
                    .distinct()
                    .toList();
        }
    }
}
