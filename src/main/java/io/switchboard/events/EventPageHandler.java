package io.switchboard.events;

import io.switchboard.cluster.RpcHandler;
import io.switchboard.cluster.RpcMethod;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.springframework.stereotype.Component;

/**
 * Answers the requests of other nodes for events of this node. If there are events, it answers at
 * once; otherwise it waits up to five seconds for the first.
 *
 * <p>A page ends where a block of 256 numbers ends. Subscribers that began at different events
 * therefore soon request the same pages; see {@link RemoteEventPages}.
 */
@Component
final class EventPageHandler implements RpcHandler<EventPage.Request, EventPage> {
    static final RpcMethod<EventPage.Request, EventPage> METHOD =
            new RpcMethod<>("events", EventPage.Request.class, EventPage.class);

    private static final long MAX_WAIT_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final int BLOCK_SIZE = 256;

    /** Half of the requests that a node executes at a time, so that sends are not refused. */
    private static final int MAX_WAITING = 10_000;

    private final EventStream stream;
    private final SseEncoder encoder;
    private final Semaphore waitPermits = new Semaphore(MAX_WAITING);

    EventPageHandler(EventStream stream, SseEncoder encoder) {
        this.stream = stream;
        this.encoder = encoder;
    }

    @Override
    public RpcMethod<EventPage.Request, EventPage> method() {
        return METHOD;
    }

    /**
     * Returns the next page. If too many requests are waiting, this one does not wait: its page may
     * be empty, and the other node repeats the request within a second.
     */
    @Override
    public EventPage handle(EventPage.Request request, long sentAt) {
        boolean now = request.after() == EventPage.Request.NOW;
        Long start =
                request.after() == EventPage.Request.START ? stream.beginning() : request.after();
        boolean waits = false;
        try (Subscription subscription =
                stream.subscribeRemote(request.filter(), now ? null : start)) {
            if (now) {
                return new EventPage(null, List.of(), subscription.after(), false);
            }
            waits = waitPermits.tryAcquire();
            return page(subscription, waits ? MAX_WAIT_NANOS : 0);
        } finally {
            if (waits) {
                waitPermits.release();
            }
        }
    }

    private EventPage page(Subscription subscription, long maxWait) {
        long startedAt = System.nanoTime();
        while (true) {
            boolean ended = subscription.ended(); // read before the page, which then has all events
            Subscription.Page page = subscription.read();
            long left = maxWait - (System.nanoTime() - startedAt);
            if (!page.isEmpty() || ended || left <= 0) {
                return encoded(page, subscription.after(), ended && subscription.caughtUp());
            }
            subscription.await(left);
        }
    }

    private EventPage encoded(Subscription.Page page, long after, boolean last) {
        List<EventPage.Encoded> encoded = new ArrayList<>(page.events().size());
        for (Event event : page.events()) {
            long end =
                    encoded.isEmpty() ? event.seq() : encoded.getFirst().seq() | (BLOCK_SIZE - 1);
            if (event.seq() > end) {
                return new EventPage(page.gap(), encoded, end, false);
            }
            encoded.add(new EventPage.Encoded(event.seq(), encoder.encode(event)));
        }
        return new EventPage(page.gap(), encoded, after, last);
    }
}
