package io.switchboard.events;

import io.switchboard.cluster.Node;
import io.switchboard.cluster.RpcResult;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The position of one subscriber of this node in the events of another node. Requests one page at a
 * time, the next one after the last one was taken. Used by the subscriber's thread, which never
 * waits here.
 *
 * <pre>
 *             ask                     answer
 *   IDLE ------------> ASKED ------------------------> take: IDLE
 *    ^                   |                                |
 *    |    a second       | no answer, or an empty page    | the last page
 *    +----------------- RESTING                         LAST
 * </pre>
 */
final class RemoteEventCursor {
    /** A node without an answer or without events is asked once in this time. */
    private static final long BETWEEN_ASKS_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Node node;
    private final EventFilter filter;
    private final RemoteEventPages pages;
    private final Runnable wake;
    private long after;
    private @Nullable CompletableFuture<RpcResult<EventPage>> asked;
    private boolean rests;
    private long restEnds;
    private boolean last;
    private long waitedAtAsk;
    private long waitedAtAskBefore;

    /**
     * @param after where to begin, as {@link EventAsk#after}
     * @param wake is called, on any thread, when a page can be taken
     */
    RemoteEventCursor(
            Node node, EventFilter filter, long after, RemoteEventPages pages, Runnable wake) {
        this.node = node;
        this.filter = filter;
        this.after = after;
        this.pages = pages;
        this.wake = wake;
    }

    Node node() {
        return node;
    }

    /** Returns the position, as {@link EventAsk#after}. */
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
        CompletableFuture<RpcResult<EventPage>> answer =
                pages.get(node, EventAsk.of(filter, after));
        asked = answer;
        var _ = answer.thenRun(wake);
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
        rests = page.isEmpty() || (!page.get().hasContent() && after != EventAsk.NOW);
        page.ifPresent(
                taken -> {
                    after = taken.next();
                    last = taken.last();
                });
        return page;
    }

    /** Returns whether the client was slow since the request before the last one. */
    boolean slow(long waited) {
        return waited - waitedAtAskBefore >= EventStreamSource.PATIENCE_NANOS;
    }
}
