package io.switchboard.events;

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
 * Requests events from other nodes, once for all subscribers of this node that want the same:
 * however many read everything, each node sends everything to this one once.
 *
 * <p>A subscriber that wants what is being requested already waits for the same answer, and one
 * that is a little behind finds the pages of the last moments here.
 *
 * <p>This object's monitor guards the maps. It is not held during a request.
 */
@Component
final class RemoteEventPages {
    private static final int KEPT_BYTES = 4 * 1024 * 1024;

    private record Key(String node, EventAsk ask) {}

    private final Cluster cluster;
    private final Map<Key, CompletableFuture<RpcResult<EventPage>>> pending = new HashMap<>();

    /** Pages with content, the oldest first. What follows an event never changes. */
    private final Map<Key, EventPage> kept = new LinkedHashMap<>();

    private long bytes;

    RemoteEventPages(Cluster cluster) {
        this.cluster = cluster;
    }

    /** Returns the node's answer. It completes on any thread, which must not block. */
    CompletableFuture<RpcResult<EventPage>> get(Node node, EventAsk ask) {
        if (ask.after() == EventAsk.NOW) { // another subscriber's now was earlier
            return cluster.call(node, EventPageHandler.METHOD, ask);
        }
        Key key = new Key(node.id(), ask);
        CompletableFuture<RpcResult<EventPage>> mine = new CompletableFuture<>();
        synchronized (this) {
            EventPage known = kept.get(key);
            if (known != null) {
                return CompletableFuture.completedFuture(new RpcResult.Answered<>(known));
            }
            CompletableFuture<RpcResult<EventPage>> others = pending.putIfAbsent(key, mine);
            if (others != null) {
                return others;
            }
        }
        var _ =
                cluster.call(node, EventPageHandler.METHOD, ask)
                        .thenAccept(
                                answer -> {
                                    keep(key, answer);
                                    mine.complete(answer);
                                });
        return mine;
    }

    private synchronized void keep(Key key, RpcResult<EventPage> answer) {
        pending.remove(key);
        EventPage page = answer.toOptional().orElse(null);
        if (page == null || !page.hasContent() || page.bytes() > KEPT_BYTES) {
            return;
        }
        kept.put(key, page);
        bytes += page.bytes();
        Iterator<EventPage> oldest = kept.values().iterator();
        while (bytes > KEPT_BYTES) {
            bytes -= oldest.next().bytes();
            oldest.remove();
        }
    }
}
