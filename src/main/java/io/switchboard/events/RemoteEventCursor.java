package io.switchboard.web;

import io.switchboard.cluster.Node;
import io.switchboard.cluster.RpcResult;
import io.switchboard.inbound.EventFilter;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Another node's events, for one subscriber here. Asks for a page, and for the next one when that
 * was told: no more than one is held. Of the feed's thread, which waits for none of it.
 *
 * <pre>
 *             ask                     answer
 *   IDLE ------------> ASKED ------------------------> take: IDLE
 *    ^                   |                                |
 *    |    a second       | none                           | "that was all"
 *    +----------------- RESTING                         LAST
 * </pre>
 */
final class FollowedNode {
    private static final Logger log = LoggerFactory.getLogger(FollowedNode.class);

    /** Who is told nothing, or not answered, asks so often. */
    private static final long BETWEEN_ASKS_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Node node;
    private final EventFilter filter;
    private final EventAsks asks;
    private final Runnable wake;
    private long after;
    private @Nullable CompletableFuture<RpcResult<byte[]>> asked;
    private boolean rests;
    private long restEnds;
    private boolean last;
    private long waitedAtAsk;
    private long waitedAtAskBefore;

    /**
     * @param after as {@link EventAsk#after}
     * @param wake is called, on any thread, when there is something to take
     */
    FollowedNode(Node node, EventFilter filter, long after, EventAsks asks, Runnable wake) {
        this.node = node;
        this.filter = filter;
        this.after = after;
        this.asks = asks;
        this.wake = wake;
    }

    Node node() {
        return node;
    }

    /** Where it goes on: as {@link EventAsk#after}. */
    long after() {
        return after;
    }

    /** Whether it has told all that it will ever tell. */
    boolean last() {
        return last;
    }

    /** Asks for the next page where it is time to. */
    void ask(long now, long waited) {
        if (untilAsk(now) > 0) {
            return;
        }
        waitedAtAskBefore = waitedAtAsk;
        waitedAtAsk = waited;
        restEnds = now + BETWEEN_ASKS_NANOS;
        CompletableFuture<RpcResult<byte[]>> answer = asks.ask(node, new EventAsk(filter, after));
        asked = answer;
        var _ = answer.thenRun(wake);
    }

    /** Nanoseconds until it is time to ask; never where there is nothing to ask for now. */
    long untilAsk(long now) {
        if (asked != null || last) {
            return Long.MAX_VALUE;
        }
        return rests ? Math.max(restEnds - now, 0) : 0;
    }

    /** Whether it was asked, and has not been answered. */
    boolean waits() {
        return asked != null && !asked.isDone();
    }

    /** Whether there is something to take. */
    boolean ready() {
        return asked != null && asked.isDone();
    }

    /** The page that has come; nothing where none has. */
    Optional<EventPage> take() {
        CompletableFuture<RpcResult<byte[]>> answer = asked;
        if (answer == null || !answer.isDone()) {
            return Optional.empty();
        }
        asked = null;
        Optional<EventPage> page = page(answer.join());
        rests = page.isEmpty() || (page.get().isEmpty() && after != EventAsk.NOW);
        page.ifPresent(
                told -> {
                    after = told.next();
                    last = told.last();
                });
        return page;
    }

    private Optional<EventPage> page(RpcResult<byte[]> answer) {
        byte[] bytes = answer.toOptional().orElse(null);
        try {
            return bytes == null ? Optional.empty() : Optional.of(EventBytes.page(bytes));
        } catch (UncheckedIOException e) {
            log.debug("events of {}", node.label(), e);
            return Optional.empty();
        }
    }

    /** Whether the client has been slow since the page before this one was asked for. */
    boolean slow(long waited) {
        return waited - waitedAtAskBefore >= EventSupply.PATIENCE_NANOS;
    }
}
