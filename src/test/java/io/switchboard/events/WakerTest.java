package io.switchboard.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.peer.FakeLink;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerSession;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

class WakerTest {
    private static final EventFilter ALL = new EventFilter(Set.of(), Set.of(), Set.of(), Set.of());

    private final EventRing ring =
            new EventRing(EventFixtures.limits(10, DataSize.ofKilobytes(1)), 0);
    private final Subscribers subscribers = new Subscribers(ring, 1);
    private final PeerSession session =
            PeerFixtures.registry().open(PeerFixtures.listener("default"), new FakeLink());

    /** Race: the first subscriber waits, and an event is added, before the waker's thread runs. */
    @Test
    void wakesForAnEventThatPrecedesItsThread() throws Exception {
        Subscription subscription = new Subscription(subscribers, ring, ALL, null, false);
        Subscribers.Waker waker = new Subscribers.Waker(ring, Set.of(subscription));
        Thread reader =
                Thread.ofVirtual().start(() -> subscription.await(TimeUnit.SECONDS.toNanos(60)));
        await().until(() -> reader.getState() == Thread.State.TIMED_WAITING);
        ring.add(EventType.CONNECTED, 0, EventPeer.of(session), null, false, null, null);
        waker.eventAdded();
        waker.start();
        assertThat(reader.join(Duration.ofSeconds(10))).isTrue();
        waker.end();
    }

    @Test
    void theMaximumDoesNotApplyToOtherNodes() {
        Subscription first = new Subscription(subscribers, ring, ALL, null, false);
        Subscription remote = new Subscription(subscribers, ring, ALL, null, true);
        assertThat(subscribers.add(first)).isTrue();
        assertThat(subscribers.add(new Subscription(subscribers, ring, ALL, null, false)))
                .isFalse();
        assertThat(subscribers.add(remote)).isTrue();
        assertThat(subscribers.size()).isEqualTo(1);
        first.close();
        assertThat(subscribers.size()).isZero();
        remote.close();
        assertThat(subscribers.size()).isZero();
    }
}
