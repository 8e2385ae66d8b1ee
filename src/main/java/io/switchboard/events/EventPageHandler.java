package io.switchboard.events;

import io.switchboard.cluster.RpcHandler;
import io.switchboard.cluster.RpcMethod;
import io.switchboard.inbound.Event;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.springframework.stereotype.Component;

/**
 * Answers the requests of other nodes for events of this node. If there are events, it answers at
 * once; otherwise it waits some seconds for the first.
 *
 * <p>A page ends where a block of numbers ends. Subscribers and nodes that began at different
 * events therefore soon request the same pages; see {@link RemoteEventPages}.
 */
@Component
final class EventPageHandler implements RpcHandler<EventPage.Request, EventPage> {
    static final RpcMethod<EventPage.Request, EventPage> METHOD =
            new RpcMethod<>("events", EventPage.Request.class, EventPage.class);

    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final int BLOCK = 256;

    /** Half of the requests that a node executes at a time, so that sends are never refused. */
    private static final int MOST_WAITING = 10_000;

    private final EventStream stream;
    private final SseEncoder encoder;
    private final Semaphore room = new Semaphore(MOST_WAITING);

    EventPageHandler(EventStream stream, SseEncoder encoder) {
        this.stream = stream;
        this.encoder = encoder;
    }

    @Override
    public RpcMethod<EventPage.Request, EventPage> method() {
        return METHOD;
    }

    /** If too many requests wait, this one does not: the other node repeats it in a second. */
    @Override
    public EventPage handle(EventPage.Request ask, long askedAt) {
        boolean now = ask.after() == EventPage.Request.NOW;
        Long start = ask.after() == EventPage.Request.START ? stream.beginning() : ask.after();
        boolean waits = false;
        try (Subscription subscription = stream.follow(ask.filter(), now ? null : start)) {
            if (now) {
                return new EventPage(null, List.of(), subscription.after(), false);
            }
            waits = room.tryAcquire();
            return page(subscription, waits ? LONGEST_NANOS : 0);
        } finally {
            if (waits) {
                room.release();
            }
        }
    }

    private EventPage page(Subscription subscription, long longest) {
        long begun = System.nanoTime();
        while (true) {
            boolean ended = subscription.ended(); // asked first: earlier events are still returned
            Subscription.Page page = subscription.read();
            long left = longest - (System.nanoTime() - begun);
            if (!page.isEmpty() || ended || left <= 0) {
                return encoded(page, subscription.after(), ended && subscription.caughtUp());
            }
            subscription.await(left);
        }
    }

    private EventPage encoded(Subscription.Page page, long after, boolean last) {
        List<EventPage.Encoded> encoded = new ArrayList<>(page.events().size());
        for (Event event : page.events()) {
            long end = encoded.isEmpty() ? event.seq() : encoded.getFirst().seq() | (BLOCK - 1);
            if (event.seq() > end) {
                return new EventPage(page.gap(), encoded, end, false);
            }
            encoded.add(new EventPage.Encoded(event.seq(), encoder.of(event)));
        }
        return new EventPage(page.gap(), encoded, after, last);
    }
}
