package io.switchboard.events;

import io.switchboard.cluster.Cluster;
import io.switchboard.cluster.Node;
import io.switchboard.cluster.RpcResult;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Requests pages of events from other nodes and shares them between the subscribers of this node:
 * however many subscribers have the same filter, another node sends each page to this node once.
 *
 * <p>A subscriber that needs a page which is being requested waits for the same answer. A
 * subscriber that is a little behind finds the latest pages in a cache.
 *
 * <p>This object's monitor guards the maps and {@code cachedBytes}. It is not held during a
 * request.
 */
@Component
final class RemoteEventPages {
    private static final int MAX_CACHED_BYTES = 4 * 1024 * 1024;

    /** The memory of an entry of the cache, or of an event or a text in it, beside its content. */
    private static final int OVERHEAD_BYTES = 128;

    private record Key(String node, EventPage.Request request) {
        /** Returns the memory of this key and its page in the cache. */
        long bytes(EventPage page) {
            long texts =
                    Stream.of(
                                    request.peers(),
                                    request.groups(),
                                    request.listeners(),
                                    request.types())
                            .flatMap(Set::stream)
                            .mapToLong(text -> OVERHEAD_BYTES + 2L * text.length())
                            .sum();
            long events = (1L + page.events().size()) * OVERHEAD_BYTES;
            return texts + events + page.bytes();
        }
    }

    private final Cluster cluster;
    private final Map<Key, CompletableFuture<RpcResult<EventPage>>> pending = new HashMap<>();

    /**
     * Pages with events and without a gap, oldest first. They stay valid: the events after an event
     * never change. A page with a gap does not: its position may be one that the node has not
     * reached yet.
     */
    private final Map<Key, EventPage> cache = new LinkedHashMap<>();

    private long cachedBytes;

    RemoteEventPages(Cluster cluster) {
        this.cluster = cluster;
    }

    /**
     * Returns the node's pending answer. Any thread may complete it; that thread must not block.
     */
    CompletableFuture<RpcResult<EventPage>> get(Node node, EventPage.Request request) {
        if (request.after() == EventPage.Request.NOW) { // a pending answer has an older position
            return cluster.call(node, EventPageHandler.METHOD, request);
        }
        Key key = new Key(node.id(), request);
        CompletableFuture<RpcResult<EventPage>> result = new CompletableFuture<>();
        synchronized (this) {
            EventPage cached = cache.get(key);
            if (cached != null) {
                return CompletableFuture.completedFuture(new RpcResult.Answered<>(cached));
            }
            CompletableFuture<RpcResult<EventPage>> earlier = pending.putIfAbsent(key, result);
            if (earlier != null) {
                return earlier.thenCompose(
                        answer ->
                                hasGap(answer)
                                        ? cluster.call(node, EventPageHandler.METHOD, request)
                                        : CompletableFuture.completedFuture(answer));
            }
        }
        var _ =
                cluster.call(node, EventPageHandler.METHOD, request)
                        .thenAccept(
                                answer -> {
                                    complete(key, answer);
                                    result.complete(answer);
                                });
        return result;
    }

    private synchronized void complete(Key key, RpcResult<EventPage> answer) {
        pending.remove(key);
        EventPage page = answer.toOptional().orElse(null);
        if (page == null || page.events().isEmpty() || hasGap(answer)) {
            return;
        }
        EventPage former = cache.put(key, page);
        cachedBytes += key.bytes(page) - (former == null ? 0 : key.bytes(former));
        Iterator<Map.Entry<Key, EventPage>> oldest = cache.entrySet().iterator();
        while (cachedBytes > MAX_CACHED_BYTES) {
            Map.Entry<Key, EventPage> removed = oldest.next();
            cachedBytes -= removed.getKey().bytes(removed.getValue());
            oldest.remove();
        }
    }

    private static boolean hasGap(RpcResult<EventPage> answer) {
        return answer.toOptional().map(EventPage::gap).isPresent();
    }

    /**
     * The position of one subscriber of this node in the events of another node. Requests one page
     * at a time, and the next page only after the caller has taken the last one. Used by the
     * subscriber's thread, which never waits here.
     *
     * <pre>
     *            request                  answer
     *   IDLE ------------> REQUESTED --------------------> take: IDLE
     *    ^                   |                                |
     *    |    a second       | no answer, or an empty page    | the last page
     *    +----------------- PAUSED                          LAST
     * </pre>
     */
    final class Cursor {
        /** The interval of requests to a node that does not answer or has no events. */
        private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

        private final Node node;
        private final EventFilter filter;
        private final Runnable wake;
        private long after;
        private @Nullable CompletableFuture<RpcResult<EventPage>> pendingPage;
        private boolean paused;
        private long pauseEnds;
        private boolean last;
        private long waitedAtRequest;
        private long waitedAtPreviousRequest;

        /**
         * @param after the position to begin at, as {@link EventPage.Request#after}
         * @param wake called when a page can be taken, on any thread
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

        /** Returns whether the node is stopping and has returned all its events. */
        boolean last() {
            return last;
        }

        /** Requests the next page, unless a request is pending or not due yet. */
        void request(long now, long waited) {
            if (untilRequest(now) > 0) {
                return;
            }
            waitedAtPreviousRequest = waitedAtRequest;
            waitedAtRequest = waited;
            pauseEnds = now + PAUSE_NANOS;
            pendingPage = get(node, EventPage.Request.of(filter, after));
            var _ = pendingPage.thenRun(wake);
        }

        /** Returns the nanoseconds until the next request; the maximum value if none is planned. */
        long untilRequest(long now) {
            if (pendingPage != null || last) {
                return Long.MAX_VALUE;
            }
            return paused ? Math.max(pauseEnds - now, 0) : 0;
        }

        /** Returns whether a request is unanswered. */
        boolean isWaiting() {
            return pendingPage != null && !pendingPage.isDone();
        }

        /** Returns whether an answer can be taken. */
        boolean isReady() {
            return pendingPage != null && pendingPage.isDone();
        }

        /**
         * Removes and returns the page that has arrived; empty if none has, or the request failed.
         */
        Optional<EventPage> take() {
            CompletableFuture<RpcResult<EventPage>> answer = pendingPage;
            if (answer == null || !answer.isDone()) {
                return Optional.empty();
            }
            pendingPage = null;
            Optional<EventPage> page = answer.join().toOptional();
            paused = page.isEmpty() || (!page.get().hasContent() && after != EventPage.Request.NOW);
            if (page.isPresent()) {
                after = page.get().next();
                last = page.get().last();
            }
            return page;
        }

        /** Returns whether the client has been slow since the request before the last one. */
        boolean slow(long waited) {
            return waited - waitedAtPreviousRequest >= EventStreamSource.SLOW_NANOS;
        }
    }
}
