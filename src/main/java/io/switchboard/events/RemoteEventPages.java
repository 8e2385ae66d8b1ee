package io.switchboard.events;

import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Node;
import io.switchboard.cluster.RpcResult;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
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

    private record Key(String node, EventPage.Request ask) {}

    private final Cluster cluster;
    private final Map<Key, CompletableFuture<RpcResult<EventPage>>> pending = new HashMap<>();

    /** Pages with content, the oldest first. What follows an event never changes. */
    private final Map<Key, EventPage> kept = new LinkedHashMap<>();

    private long bytes;

    RemoteEventPages(Cluster cluster) {
        this.cluster = cluster;
    }

    /** Returns the node's answer. It completes on any thread, which must not block. */
    CompletableFuture<RpcResult<EventPage>> get(Node node, EventPage.Request ask) {
        if (ask.after() == EventPage.Request.NOW) { // another subscriber's now was earlier
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

    /**
     * The position of one subscriber of this node in the events of another node. Requests one page
     * at a time, the next one after the last one was taken. Used by the subscriber's thread, which
     * never waits here.
     *
     * <pre>
     *             ask                     answer
     *   IDLE ------------> ASKED ------------------------> take: IDLE
     *    ^                   |                                |
     *    |    a second       | no answer, or an empty page    | the last page
     *    +----------------- RESTING                         LAST
     * </pre>
     */
    final class Cursor {
        /** A node without an answer or without events is asked once in this time. */
        private static final long BETWEEN_ASKS_NANOS = TimeUnit.SECONDS.toNanos(1);

        private final Node node;
        private final EventFilter filter;
        private final Runnable wake;
        private long after;
        private @Nullable CompletableFuture<RpcResult<EventPage>> asked;
        private boolean rests;
        private long restEnds;
        private boolean last;
        private long waitedAtAsk;
        private long waitedAtAskBefore;

        /**
         * @param after where to begin, as {@link EventPage.Request#after}
         * @param wake is called, on any thread, when a page can be taken
         */
        Cursor(Node node, EventFilter filter, long after, Runnable wake) {
            this.node = node;
            this.filter = filter;
            this.after = after;
            this.wake = wake;
        }

        Node node() {
            return node;
        }

        /** Returns the position, as {@link EventPage.Request#after}. */
        long after() {
            return after;
        }

        /** Returns whether the node has returned everything that it ever will. */
        boolean last() {
            return last;
        }

        /** Requests the next page if it is time to. */
        void ask(long now, long waited) {
            if (untilAsk(now) > 0) {
                return;
            }
            waitedAtAskBefore = waitedAtAsk;
            waitedAtAsk = waited;
            restEnds = now + BETWEEN_ASKS_NANOS;
            asked = get(node, EventPage.Request.of(filter, after));
            var _ = asked.thenRun(wake);
        }

        /** Returns the nanoseconds until the next request; the maximum if none is due. */
        long untilAsk(long now) {
            if (asked != null || last) {
                return Long.MAX_VALUE;
            }
            return rests ? Math.max(restEnds - now, 0) : 0;
        }

        /** Returns whether a request is unanswered. */
        boolean waits() {
            return asked != null && !asked.isDone();
        }

        /** Returns whether an answer can be taken. */
        boolean ready() {
            return asked != null && asked.isDone();
        }

        /** Takes the page that has arrived; nothing if none has. */
        Optional<EventPage> take() {
            CompletableFuture<RpcResult<EventPage>> answer = asked;
            if (answer == null || !answer.isDone()) {
                return Optional.empty();
            }
            asked = null;
            Optional<EventPage> page = answer.join().toOptional();
            rests = page.isEmpty() || (!page.get().hasContent() && after != EventPage.Request.NOW);
            if (page.isPresent()) {
                after = page.get().next();
                last = page.get().last();
            }
            return page;
        }

        /** Returns whether the client was slow since the request before the last one. */
        boolean slow(long waited) {
            return waited - waitedAtAskBefore >= EventStreamSource.PATIENCE_NANOS;
        }
    }
}
