package io.switchboard.web;

import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Node;
import io.switchboard.cluster.RpcResult;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.springframework.stereotype.Component;

/**
 * Asks other nodes for their events, once for all subscribers here that want the same: however many
 * read everything, each node sends everything to this one once.
 *
 * <p>Who asks for what is being asked for already waits for the same answer, and who is a little
 * behind finds the pages of the last moments here.
 *
 * <p>This object's monitor guards the maps; nothing is asked or answered while it is held.
 */
@Component
final class EventAsks {
    private static final int KEPT_BYTES = 4 * 1024 * 1024;

    private record Question(String node, EventAsk ask) {}

    private final Cluster nodes;
    private final Map<Question, CompletableFuture<RpcResult<byte[]>>> underWay = new HashMap<>();

    /** Answers that tell something, the oldest first. What is behind an event never changes. */
    private final Map<Question, byte[]> answered = new LinkedHashMap<>();

    private long bytes;

    EventAsks(Cluster nodes) {
        this.nodes = nodes;
    }

    /** What that node answers; completes on any thread, which must not be kept. */
    CompletableFuture<RpcResult<byte[]>> ask(Node node, EventAsk ask) {
        if (ask.after() == EventAsk.NOW) { // another's now was before this one's
            return nodes.call(node, EventsHere.METHOD, EventBytes.of(ask));
        }
        Question question = new Question(node.id(), ask);
        CompletableFuture<RpcResult<byte[]>> mine = new CompletableFuture<>();
        synchronized (this) {
            byte[] known = answered.get(question);
            if (known != null) {
                return CompletableFuture.completedFuture(new RpcResult.Answered<>(known));
            }
            CompletableFuture<RpcResult<byte[]>> others = underWay.putIfAbsent(question, mine);
            if (others != null) {
                return others;
            }
        }
        var _ =
                nodes.call(node, EventsHere.METHOD, EventBytes.of(ask))
                        .thenAccept(
                                answer -> {
                                    keep(question, answer);
                                    mine.complete(answer);
                                });
        return mine;
    }

    private synchronized void keep(Question question, RpcResult<byte[]> answer) {
        underWay.remove(question);
        byte[] given = answer.toOptional().orElse(null);
        if (given == null || !EventBytes.tells(given) || given.length > KEPT_BYTES) {
            return;
        }
        answered.put(question, given);
        bytes += given.length;
        Iterator<byte[]> oldest = answered.values().iterator();
        while (bytes > KEPT_BYTES) {
            bytes -= oldest.next().length;
            oldest.remove();
        }
    }
}
