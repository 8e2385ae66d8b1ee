package io.switchboard.web;

import io.switchboard.cluster.RpcHandler;
import io.switchboard.cluster.RpcMethod;
import io.switchboard.inbound.Event;
import io.switchboard.inbound.EventStream;
import io.switchboard.inbound.Subscription;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * What another node asks of this one for its subscribers: events after one that it names. Answered
 * at once where there are some, else when there are, or after some seconds without any.
 *
 * <p>A page ends where a block of numbers does, so that nodes and subscribers that ask for the same
 * with different beginnings soon ask for the same pages; see {@link EventAsks}.
 */
@Component
final class EventsHere implements RpcHandler<byte[], byte[]> {
    static final RpcMethod<byte[], byte[]> METHOD =
            new RpcMethod<>("events", byte[].class, byte[].class);

    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final int BLOCK = 256;

    /** Half of what a node does for others at a time, so that sends are never refused for this. */
    private static final int MOST_WAITING = 10_000;

    private final EventStream stream;
    private final EventFrames frames;
    private final Semaphore room = new Semaphore(MOST_WAITING);

    EventsHere(EventStream stream, EventFrames frames) {
        this.stream = stream;
        this.frames = frames;
    }

    @Override
    public RpcMethod<byte[], byte[]> method() {
        return METHOD;
    }

    @Override
    public byte[] handle(byte[] request, long askedAt) {
        EventAsk ask = EventBytes.ask(request);
        try (Subscription subscription = stream.follow(ask.filter(), after(ask))) {
            EventPage page =
                    ask.after() == EventAsk.NOW
                            ? new EventPage(null, List.of(), subscription.after(), false)
                            : page(subscription);
            return EventBytes.of(page);
        }
    }

    private @Nullable Long after(EventAsk ask) {
        if (ask.after() == EventAsk.NOW) {
            return null;
        }
        return ask.after() == EventAsk.START ? stream.beginning() : ask.after();
    }

    /** Where too many wait it does not: whoever is told nothing asks again in a second. */
    private EventPage page(Subscription subscription) {
        if (!room.tryAcquire()) {
            return page(subscription, 0);
        }
        try {
            return page(subscription, LONGEST_NANOS);
        } finally {
            room.release();
        }
    }

    private EventPage page(Subscription subscription, long longest) {
        long begun = System.nanoTime();
        while (true) {
            boolean ended = subscription.ended(); // asked first: what came before is still told
            Subscription.Page page = subscription.read();
            long left = longest - (System.nanoTime() - begun);
            if (!page.isEmpty() || ended || left <= 0) {
                return spelled(page, subscription.after(), ended && subscription.caughtUp());
            }
            subscription.await(left);
        }
    }

    private EventPage spelled(Subscription.Page page, long after, boolean last) {
        List<EventPage.Spelled> spelled = new ArrayList<>(page.events().size());
        for (Event event : page.events()) {
            if (!spelled.isEmpty()) {
                long end = spelled.getFirst().seq() | (BLOCK - 1);
                if (event.seq() > end) {
                    return new EventPage(page.gap(), spelled, end, false);
                }
            }
            spelled.add(new EventPage.Spelled(event.seq(), frames.of(event)));
        }
        return new EventPage(page.gap(), spelled, after, last);
    }
}
