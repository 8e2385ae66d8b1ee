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
 * Sends messages to peers wherever they are: to those of this node by {@link Delivery}, and by
 * other nodes to theirs. A single node has no others, and loses nothing by asking for them.
 */
@Component
public final class Relay {
    private final Delivery delivery;
    private final Cluster nodes;
    private final FirstParts firsts;

    Relay(Delivery delivery, Cluster nodes, FirstParts firsts) {
        this.delivery = delivery;
        this.nodes = nodes;
        this.firsts = firsts;
    }

    /**
     * Offers a message to each of its targets and waits as far as it asks; see {@link Delivery}. A
     * node that does not answer makes the report partial, and fails nothing else.
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
        Presence present = Presence.at(System.nanoTime());
        Spread spread = Spread.of(send.to(), nodes.self().id());
        String id = delivery.nextId();
        List<DeliveryReport.Result> unreachable = new ArrayList<>(0);
        Map<Node, Send> asked = asked(send, spread, unreachable);
        Map<Node, CompletableFuture<RpcResult<byte[]>>> answers = ask(asked, spread, id, key);
        Merge merge = new Merge(id, send.results(), spread.names());
        unreachable.forEach(merge::absent);
        List<Target> here = spread.here();
        if (!here.isEmpty()) {
            merge.add(firsts.part(new Part.Asked(send.to(here), id, key), present));
        }
        for (Map.Entry<Node, CompletableFuture<RpcResult<byte[]>>> each : answers.entrySet()) {
            Node node = each.getKey();
            switch (RpcResult.await(each.getValue())) {
                case RpcResult.Answered<byte[]>(byte[] bytes) -> merge.add(PartBytes.answer(bytes));
                case RpcResult.Failed<byte[]>(RpcFailure failure) ->
                        merge.failed(
                                node,
                                failure,
                                spread.only(node.id()),
                                !spread.everywhere().isEmpty());
            }
        }
        if (!spread.everywhere().isEmpty() && !nodes.connected()) {
            merge.incomplete();
        }
        return merge.report();
    }

    /** Who is asked for what; references whose node is gone are told right away. */
    private Map<Node, Send> asked(
            Send send, Spread spread, List<DeliveryReport.Result> unreachable) {
        Map<Node, Send> asked = new LinkedHashMap<>();
        if (!spread.everywhere().isEmpty()) {
            nodes.others().forEach(node -> asked.put(node, send.to(spread.at(node.id()))));
        }
        for (String owner : spread.owners()) {
            Node node = nodes.find(owner).orElse(null);
            if (node == null) {
                String reason = nodes.connected() ? Merge.UNKNOWN : Merge.BUS_UNAVAILABLE;
                spread.only(owner)
                        .forEach(
                                reference ->
                                        unreachable.add(
                                                new DeliveryReport.Result(
                                                        reference,
                                                        new Outcome.Failed(false, reason))));
            } else {
                asked.putIfAbsent(node, send.to(spread.at(owner)));
            }
        }
        return asked;
    }

    /** All at once where they are asked the same. */
    private Map<Node, CompletableFuture<RpcResult<byte[]>>> ask(
            Map<Node, Send> asked, Spread spread, String id, @Nullable String key) {
        if (spread.owners().isEmpty() && !asked.isEmpty()) {
            Send same = asked.values().iterator().next();
            byte[] bytes = PartBytes.of(new Part.Asked(same, id, key));
            return nodes.callAll(asked.keySet(), SendHere.METHOD, bytes);
        }
        Map<Node, CompletableFuture<RpcResult<byte[]>>> answers = new HashMap<>();
        asked.forEach(
                (node, send) ->
                        answers.put(
                                node,
                                nodes.call(
                                        node,
                                        SendHere.METHOD,
                                        PartBytes.of(new Part.Asked(send, id, key)))));
        return answers;
    }
}
