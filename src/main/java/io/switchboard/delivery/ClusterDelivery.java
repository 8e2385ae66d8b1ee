package io.switchboard.delivery;

import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Node;
import io.switchboard.cluster.RpcHandler;
import io.switchboard.cluster.RpcMethod;
import io.switchboard.cluster.RpcResult;
import io.switchboard.cluster.RpcResult.RpcFailure;
import io.switchboard.cluster.Scoped;
import io.switchboard.peer.PeerId;
import io.switchboard.peer.Reach;
import io.switchboard.tracing.Tracing;
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
 * Sends messages to the peers of every node: to the peers of this node through {@link
 * LocalDelivery}, and to those of other nodes by the RPC method {@code send}, whose handler this
 * class is. Thread-safe.
 */
@Component
final class ClusterDelivery implements RpcHandler<ClusterDelivery.Request, NodeResult> {
    /**
     * Asks another node to send a message to its own peers. A node that runs another release may
     * leave out any field.
     *
     * @param send the message, with only the targets that may be peers of the receiving node
     * @param delivery the id of the delivery, the same at every node
     * @param key the client's idempotency key; null if the client gave none
     */
    record Request(@Nullable Send send, String delivery, @Nullable String key) implements Scoped {
        Request {
            delivery = Objects.requireNonNullElse(delivery, "");
        }

        @Override
        public Reach reach() {
            return send == null ? Reach.ALL : send.reach();
        }
    }

    private final LocalDelivery local;
    private final Cluster cluster;
    private final IdempotencyStore store;
    private final Tracing tracing;

    ClusterDelivery(LocalDelivery local, Cluster cluster, IdempotencyStore store, Tracing tracing) {
        this.local = local;
        this.cluster = cluster;
        this.store = store;
        this.tracing = tracing;
    }

    @Override
    public RpcMethod<Request, NodeResult> method() {
        return new RpcMethod<>("send", Request.class, NodeResult.class);
    }

    @Override
    public NodeResult handle(Request request, long requestedAt) throws InterruptedException {
        return sendLocally(request, ConnectionCutoff.at(requestedAt))
                .describedIn(tracing.current());
    }

    /** Sends a message to the peers of this node, at most once per idempotency key. */
    private NodeResult sendLocally(Request request, ConnectionCutoff cutoff)
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
     * Offers a message to each of its targets, at every node, and waits until it has reached {@link
     * Send#until} or {@link Send#timeout} has passed. If a node that may have targets does not
     * answer, the report is partial. Blocks; see {@link LocalDelivery#send}.
     *
     * @param key the client's idempotency key, for which each node sends the message once; null if
     *     the client gave none
     */
    NodeResult send(Send send, @Nullable String key) throws InterruptedException {
        if (cluster.single()) {
            // the fast path: routing parses each reference, which costs as much as finding the peer
            return local.send(send, local.nextId(), ConnectionCutoff.NONE);
        }
        ConnectionCutoff cutoff = ConnectionCutoff.at(System.nanoTime());
        String self = cluster.self().id();
        TargetRouting routing = TargetRouting.of(send.to());
        boolean allNodes = !routing.forAllNodes().isEmpty();
        String id = local.nextId();
        ReportMerger merger = new ReportMerger(id, send.results(), routing.names());
        Map<Node, Request> requests = new LinkedHashMap<>();
        for (Node node : allNodes ? cluster.others() : List.<Node>of()) {
            requests.put(
                    node, new Request(send.withTargets(routing.targetsFor(node.id())), id, key));
        }
        for (String owner : routing.byOwner().keySet()) {
            Optional<Node> node = owner.equals(self) ? Optional.empty() : cluster.find(owner);
            if (node.isPresent()) {
                Send part = send.withTargets(routing.targetsFor(owner));
                requests.putIfAbsent(node.get(), new Request(part, id, key));
            } else if (!owner.equals(self)) {
                FailureReason reason =
                        cluster.connected() ? FailureReason.UNKNOWN : FailureReason.BUS_UNAVAILABLE;
                merger.absent(routing.idsAt(owner), new Outcome.Failed(false, reason));
            }
        }
        boolean sameTargets = Set.of(self).containsAll(routing.byOwner().keySet());
        Map<Node, CompletableFuture<RpcResult<NodeResult>>> answers = call(requests, sameTargets);
        List<Target> own = routing.targetsFor(self);
        if (!own.isEmpty()) {
            merger.add(sendLocally(new Request(send.withTargets(own), id, key), cutoff));
        }
        for (Map.Entry<Node, CompletableFuture<RpcResult<NodeResult>>> each : answers.entrySet()) {
            String node = each.getKey().id();
            switch (RpcResult.await(each.getValue())) {
                case RpcResult.Answered<NodeResult>(NodeResult result) -> merger.add(result);
                case RpcResult.Failed<NodeResult>(RpcFailure failure) ->
                        merger.failed(each.getKey(), failure, routing.idsAt(node), allNodes);
            }
        }
        if (allNodes && !cluster.connected()) {
            merger.incomplete();
        }
        return merger.result();
    }

    /**
     * Sends the requests to the nodes. If all requests have the same targets, one broadcast
     * suffices.
     */
    private Map<Node, CompletableFuture<RpcResult<NodeResult>>> call(
            Map<Node, Request> requests, boolean sameTargets) {
        if (sameTargets && !requests.isEmpty()) {
            Request any = requests.values().iterator().next();
            return cluster.callAll(requests.keySet(), method(), any);
        }
        Map<Node, CompletableFuture<RpcResult<NodeResult>>> answers = new LinkedHashMap<>();
        requests.forEach((to, each) -> answers.put(to, cluster.call(to, method(), each)));
        return answers;
    }

    /**
     * Assigns the targets of a message to the nodes whose peers they may match. A peer's id
     * contains the id of its node. Every other target, such as a name or a group, may match peers
     * of any node.
     *
     * @param byOwner the targets that are ids of peers, by the id of the peer's node
     * @param forAllNodes every other target
     */
    private record TargetRouting(Map<String, List<Target>> byOwner, List<Target> forAllNodes) {

        static TargetRouting of(List<Target> to) {
            TargetRouting routing = new TargetRouting(new LinkedHashMap<>(1), new ArrayList<>(1));
            for (Target target : to) {
                Optional<PeerId> id =
                        target instanceof Target.One(String reference)
                                ? PeerId.parse(reference)
                                : Optional.empty();
                id.map(
                                each ->
                                        routing.byOwner.computeIfAbsent(
                                                each.node(), _ -> new ArrayList<>(1)))
                        .orElse(routing.forAllNodes)
                        .add(target);
            }
            return routing;
        }

        /** Returns the targets that may match peers of the node with this id. */
        List<Target> targetsFor(String node) {
            List<Target> own = byOwner.getOrDefault(node, List.of());
            if (own.isEmpty() || forAllNodes.isEmpty()) {
                return own.isEmpty() ? forAllNodes : own;
            }
            List<Target> union = new ArrayList<>(own);
            union.addAll(forAllNodes);
            return union;
        }

        /** Returns the targets that are ids of peers of the node with this id. */
        List<String> idsAt(String node) {
            return references(byOwner.getOrDefault(node, List.of()));
        }

        List<String> names() {
            return references(forAllNodes);
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
