package io.switchboard.delivery;

import io.switchboard.node.Answer;
import io.switchboard.node.Node;
import io.switchboard.node.Nodes;
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
    private final Nodes nodes;
    private final FirstParts firsts;

    Relay(Delivery delivery, Nodes nodes, FirstParts firsts) {
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
        Map<Node, CompletableFuture<Answer>> answers = ask(asked, spread, id, key);
        Merge merge = new Merge(id, send.results(), spread.names());
        unreachable.forEach(merge::absent);
        List<Target> here = spread.here();
        if (!here.isEmpty()) {
            merge.add(firsts.part(new Part.Asked(send.to(here), id, key), present));
        }
        for (Map.Entry<Node, CompletableFuture<Answer>> each : answers.entrySet()) {
            Node node = each.getKey();
            Answer answer = Waiting.on(each.getValue());
            byte[] bytes = answer.bytes();
            if (bytes == null) {
                merge.failed(node, answer, spread.only(node.id()), !spread.everywhere().isEmpty());
            } else {
                merge.add(PartBytes.answer(bytes));
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
    private Map<Node, CompletableFuture<Answer>> ask(
            Map<Node, Send> asked, Spread spread, String id, @Nullable String key) {
        if (spread.owners().isEmpty() && !asked.isEmpty()) {
            Send same = asked.values().iterator().next();
            byte[] bytes = PartBytes.of(new Part.Asked(same, id, key));
            return nodes.ask(asked.keySet(), SendHere.WORD, bytes);
        }
        Map<Node, CompletableFuture<Answer>> answers = new HashMap<>();
        asked.forEach(
                (node, send) ->
                        answers.put(
                                node,
                                nodes.ask(
                                        node,
                                        SendHere.WORD,
                                        PartBytes.of(new Part.Asked(send, id, key)))));
        return answers;
    }
}
