package io.switchboard.delivery;

import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Node;
import io.switchboard.cluster.RpcFailure;
import io.switchboard.cluster.RpcResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Sends messages to peers wherever they are: to those of this node by {@link LocalDelivery}, and by
 * other nodes to theirs. A single node has no others, and loses nothing by asking for them.
 */
@Component
public final class ClusterDelivery {
    private final LocalDelivery delivery;
    private final Cluster nodes;
    private final FirstParts firsts;

    ClusterDelivery(LocalDelivery delivery, Cluster nodes, FirstParts firsts) {
        this.delivery = delivery;
        this.nodes = nodes;
        this.firsts = firsts;
    }

    /**
     * Offers a message to each of its targets and waits as far as it asks; see {@link
     * LocalDelivery}. A node that does not answer makes the report partial, and fails nothing else.
     *
     * @param key the client's, under which each node sends a message once; null for none
     * @throws BadPayload nobody can be sent it as it is
     * @throws TooLong likewise, by its length
     * @throws KeyReused the key stood for another message
     */
    public DeliveryReport send(Send send, @Nullable String key) throws InterruptedException {
        if (nodes.single()) {
            return delivery.send(send);
        }
        ConnectionCutoff cutoff = ConnectionCutoff.at(System.nanoTime());
        TargetRouting routing = TargetRouting.of(send.to(), nodes.self().id());
        String id = delivery.nextId();
        List<DeliveryReport.Result> unreachable = new ArrayList<>(0);
        Map<Node, Send> asked = asked(send, routing, unreachable);
        Map<Node, CompletableFuture<RpcResult<byte[]>>> answers = ask(asked, routing, id, key);
        ReportMerger merger = new ReportMerger(id, send.results(), routing.names());
        unreachable.forEach(merger::absent);
        List<Target> here = routing.here();
        if (!here.isEmpty()) {
            merger.add(firsts.part(new NodeResult.Asked(send.to(here), id, key), cutoff));
        }
        for (Map.Entry<Node, CompletableFuture<RpcResult<byte[]>>> each : answers.entrySet()) {
            Node node = each.getKey();
            switch (RpcResult.await(each.getValue())) {
                case RpcResult.Answered<byte[]>(byte[] bytes) ->
                        merger.add(PartBytes.answer(bytes));
                case RpcResult.Failed<byte[]>(RpcFailure failure) ->
                        merger.failed(
                                node,
                                failure,
                                routing.only(node.id()),
                                !routing.everywhere().isEmpty());
            }
        }
        if (!routing.everywhere().isEmpty() && !nodes.connected()) {
            merger.incomplete();
        }
        return merger.report();
    }

    /** Who is asked for what; references whose node is gone are told right away. */
    private Map<Node, Send> asked(
            Send send, TargetRouting routing, List<DeliveryReport.Result> unreachable) {
        Map<Node, Send> asked = new LinkedHashMap<>();
        if (!routing.everywhere().isEmpty()) {
            nodes.others().forEach(node -> asked.put(node, send.to(routing.at(node.id()))));
        }
        for (String owner : routing.owners()) {
            Node node = nodes.find(owner).orElse(null);
            if (node == null) {
                String reason =
                        nodes.connected() ? ReportMerger.UNKNOWN : ReportMerger.BUS_UNAVAILABLE;
                routing.only(owner)
                        .forEach(
                                reference ->
                                        unreachable.add(
                                                new DeliveryReport.Result(
                                                        reference,
                                                        new Outcome.Failed(false, reason))));
            } else {
                asked.putIfAbsent(node, send.to(routing.at(owner)));
            }
        }
        return asked;
    }

    /** All at once where they are asked the same. */
    private Map<Node, CompletableFuture<RpcResult<byte[]>>> ask(
            Map<Node, Send> asked, TargetRouting routing, String id, @Nullable String key) {
        if (routing.owners().isEmpty() && !asked.isEmpty()) {
            Send same = asked.values().iterator().next();
            byte[] bytes = PartBytes.of(new NodeResult.Asked(same, id, key));
            return nodes.callAll(asked.keySet(), SendHandler.METHOD, bytes);
        }
        Map<Node, CompletableFuture<RpcResult<byte[]>>> answers = new HashMap<>();
        asked.forEach(
                (node, send) ->
                        answers.put(
                                node,
                                nodes.call(
                                        node,
                                        SendHandler.METHOD,
                                        PartBytes.of(new NodeResult.Asked(send, id, key)))));
        return answers;
    }
}
