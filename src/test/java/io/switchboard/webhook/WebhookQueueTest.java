package io.switchboard.webhook;

import static io.switchboard.webhook.WebhookFixtures.WHO;
import static io.switchboard.webhook.WebhookQueue.AddResult.CLOSED;
import static io.switchboard.webhook.WebhookQueue.AddResult.DROPPED;
import static io.switchboard.webhook.WebhookQueue.AddResult.NEEDS_WORKER;
import static io.switchboard.webhook.WebhookQueue.AddResult.QUEUED;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.events.Event;
import io.switchboard.events.EventType;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.webhook.WebhookQueue.PeerEventQueue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class WebhookQueueTest {
    private final PeerRegistry registry = PeerFixtures.registry();
    private final Listener listener = PeerFixtures.listener("default");
    private final PeerSession anyone = registry.open(listener, new FakeLink());

    private static WebhookQueue queue(String... settings) {
        Map<String, String> values = new HashMap<>(Map.of("url", "http://127.0.0.1:1/"));
        for (int at = 0; at < settings.length; at += 2) {
            values.put(settings[at], settings[at + 1]);
        }
        return new WebhookQueue(
                WebhookPropertiesTest.bind(values), 1, null, WebhookFixtures.budget());
    }

    private PeerEventQueue peerQueue(WebhookQueue queue) {
        return peerQueue(queue, registry.open(listener, new FakeLink()));
    }

    /** No test here uses the webhook of the queue, so it is null. */
    @SuppressWarnings("NullAway")
    private static PeerEventQueue peerQueue(WebhookQueue queue, PeerSession session) {
        return queue.new PeerEventQueue(null, session, null);
    }

    private static WebhookQueue.AddResult add(
            WebhookQueue queue, PeerEventQueue peerQueue, String text) {
        return queue.add(
                peerQueue,
                EventType.MESSAGE,
                System.nanoTime(),
                WHO,
                text.getBytes(UTF_8),
                false,
                null,
                null);
    }

    private static Event event(WebhookQueue queue, PeerEventQueue peerQueue) {
        return ((QueuedEvent.InMemory) Objects.requireNonNull(queue.first(peerQueue))).event();
    }

    private static @Nullable String post(WebhookQueue queue) {
        PeerEventQueue peerQueue = queue.next();
        if (peerQueue == null) {
            return null;
        }
        Event event = event(queue, peerQueue);
        queue.done(peerQueue);
        return new String(Objects.requireNonNull(event.payload()), UTF_8);
    }

    /** Asks the gate as the event loop of the peer does; the gate does not look at the session. */
    private boolean takes(PeerEventQueue peerQueue) {
        return peerQueue.allowsRead(anyone);
    }

    private static boolean paused(PeerEventQueue peerQueue) {
        return Objects.requireNonNull(peerQueue.session()).readPause().paused();
    }

    @Test
    void servesPeersInTurnAndKeepsTheOrderOfEach() {
        WebhookQueue queue = queue();
        PeerEventQueue a = peerQueue(queue);
        PeerEventQueue b = peerQueue(queue);
        for (int number = 1; number <= 3; number++) {
            add(queue, a, "a" + number);
        }
        add(queue, b, "b1");
        List<String> posted = new ArrayList<>();
        for (String text = post(queue); text != null; text = post(queue)) {
            posted.add(text);
        }
        assertThat(posted).containsExactly("a1", "b1", "a2", "a3");
    }

    @Test
    void holdsTheSecondEventOfAPeerWhileTheFirstIsBeingPosted() {
        WebhookQueue queue = queue();
        PeerEventQueue a = peerQueue(queue);
        add(queue, a, "a1");
        PeerEventQueue posting = Objects.requireNonNull(queue.next());
        add(queue, a, "a2");
        assertThat(queue.next()).isNull();
        queue.done(posting);
        assertThat(post(queue)).isEqualTo("a2");
    }

    @Test
    void asksForNoMoreWorkersThanParallel() {
        WebhookQueue queue = queue("parallel", "2");
        assertThat(add(queue, peerQueue(queue), "a")).isEqualTo(NEEDS_WORKER);
        PeerEventQueue b = peerQueue(queue);
        assertThat(add(queue, b, "b")).isEqualTo(NEEDS_WORKER);
        assertThat(add(queue, b, "b")).isEqualTo(QUEUED);
        assertThat(add(queue, peerQueue(queue), "c")).isEqualTo(QUEUED);
        while (post(queue) != null) {}
        assertThat(add(queue, peerQueue(queue), "d")).as("one has ended").isEqualTo(NEEDS_WORKER);
    }

    @Test
    void aPeerThatBacksOffLetsOthersPassAndKeepsItsOrder() {
        WebhookQueue queue = queue();
        PeerEventQueue a = peerQueue(queue);
        add(queue, a, "a1");
        add(queue, a, "a2");
        PeerEventQueue failing = Objects.requireNonNull(queue.next());
        queue.backOff(failing);
        add(queue, a, "a3");
        add(queue, peerQueue(queue), "b1");
        assertThat(post(queue)).isEqualTo("b1");
        assertThat(post(queue)).isNull();
        assertThat(queue.retry(a)).isEqualTo(NEEDS_WORKER);
        assertThat(queue.retry(a)).as("only once").isEqualTo(QUEUED);
        assertThat(post(queue)).isEqualTo("a1");
        assertThat(post(queue)).isEqualTo("a2");
        assertThat(post(queue)).isEqualTo("a3");
    }

    @Test
    void countsTheEventThatIsBeingPosted() {
        WebhookQueue queue = queue();
        add(queue, peerQueue(queue), "1234");
        queue.next();
        assertThat(queue.events()).isOne();
        assertThat(queue.bytes()).isGreaterThan(4);
    }

    @Test
    void pausesPeersWhileFullAndResumesTheLongestPausedAtHalf() {
        WebhookQueue queue = queue("queue", "4");
        PeerEventQueue sender = peerQueue(queue);
        for (int number = 0; number < 4; number++) {
            assertThat(takes(sender)).isTrue();
            add(queue, sender, "x");
        }
        PeerEventQueue first = peerQueue(queue);
        PeerEventQueue second = peerQueue(queue);
        assertThat(takes(first)).isFalse();
        assertThat(takes(second)).isFalse();
        assertThat(takes(first)).as("second call").isFalse();
        assertThat(paused(first)).isTrue();
        assertThat(paused(sender)).as("it has not been refused").isFalse();

        post(queue);
        assertThat(paused(first)).as("three are left").isTrue();
        post(queue);
        assertThat(paused(first)).isFalse();
        assertThat(paused(second)).isTrue();
        post(queue);
        assertThat(paused(second)).isFalse();
    }

    /** Otherwise a slow back end would resume only one peer per post, with room for thousands. */
    @Test
    void aReadThatIsAllowedResumesTheNextPeer() {
        WebhookQueue queue = queue("queue", "4");
        PeerEventQueue sender = peerQueue(queue);
        for (int number = 0; number < 4; number++) {
            add(queue, sender, "x");
        }
        List<PeerEventQueue> waiting =
                List.of(peerQueue(queue), peerQueue(queue), peerQueue(queue));
        waiting.forEach(this::takes);
        post(queue);
        post(queue);
        assertThat(waiting).map(WebhookQueueTest::paused).containsExactly(false, true, true);
        assertThat(takes(waiting.get(0))).isTrue();
        assertThat(waiting).map(WebhookQueueTest::paused).containsExactly(false, false, true);
    }

    @Test
    void anEmptyQueueResumesAllPeers() {
        WebhookQueue queue = queue("queue", "1");
        add(queue, peerQueue(queue), "x");
        List<PeerEventQueue> waiting =
                List.of(peerQueue(queue), peerQueue(queue), peerQueue(queue));
        waiting.forEach(this::takes);
        post(queue);
        assertThat(waiting).noneMatch(WebhookQueueTest::paused);
    }

    @Test
    void isFullAtItsBoundOfBytesToo() {
        WebhookQueue queue = queue("queue-bytes", "1KB");
        PeerEventQueue sender = peerQueue(queue);
        add(queue, sender, "x".repeat(1_000));
        assertThat(takes(sender)).isFalse();
        assertThat(add(queue, sender, "what was read already")).isEqualTo(QUEUED);
        assertThat(queue.events()).isEqualTo(2);
        post(queue);
        assertThat(paused(sender)).isFalse();
        assertThat(post(queue)).isEqualTo("what was read already");
        assertThat(queue.bytes()).isZero();
    }

    @Test
    void resumesOnlyWhenHalfOfTheBytesAreFreeToo() {
        WebhookQueue queue = queue("queue-bytes", "1KB");
        PeerEventQueue sender = peerQueue(queue);
        add(queue, sender, "x".repeat(400));
        add(queue, sender, "x".repeat(400));
        assertThat(takes(sender)).isFalse();
        post(queue);
        assertThat(paused(sender)).isTrue();
        post(queue);
        assertThat(paused(sender)).isFalse();
    }

    @Test
    void forgetsAPausedPeerThatCloses() {
        WebhookQueue queue = queue("queue", "1");
        add(queue, peerQueue(queue), "x");
        PeerEventQueue gone = peerQueue(queue);
        PeerSession session = Objects.requireNonNull(gone.session());
        takes(gone);
        queue.peerClosed(gone);
        post(queue);
        assertThat(session.readPause().paused()).as("it has not been resumed").isTrue();
    }

    @Test
    void dropsMessagesIfConfiguredButAcceptsTheClosedEvent() {
        WebhookQueue queue = queue("queue", "2", "when-full", "drop");
        PeerEventQueue peerQueue = peerQueue(queue);
        assertThat(add(queue, peerQueue, "1")).isEqualTo(NEEDS_WORKER);
        assertThat(add(queue, peerQueue, "2")).isEqualTo(QUEUED);
        assertThat(add(queue, peerQueue, "3")).isEqualTo(DROPPED);
        assertThat(takes(peerQueue)).isTrue();
        assertThat(
                        queue.add(
                                peerQueue,
                                EventType.CLOSED,
                                System.nanoTime(),
                                WHO,
                                null,
                                false,
                                "reset",
                                null))
                .isEqualTo(QUEUED);
        assertThat(queue.events()).isEqualTo(3);
    }

    /** Peers that connect and close while a back end is down must not fill the heap. */
    @Test
    void acceptsConnectedAndClosedEventsUpToAHigherBound() {
        WebhookQueue queue = queue("queue", "2");
        for (int number = 0; number < 4; number++) {
            assertThat(
                            queue.add(
                                    peerQueue(queue),
                                    EventType.CONNECTED,
                                    System.nanoTime(),
                                    WHO,
                                    null,
                                    false,
                                    null,
                                    null))
                    .isNotEqualTo(DROPPED);
        }
        assertThat(
                        queue.add(
                                peerQueue(queue),
                                EventType.CONNECTED,
                                System.nanoTime(),
                                WHO,
                                null,
                                false,
                                null,
                                null))
                .isEqualTo(DROPPED);
    }

    @Test
    void pausesNoPeerIfMessagesAreNotPosted() {
        WebhookQueue queue = queue("queue", "1", "events", "connected");
        PeerEventQueue peerQueue = peerQueue(queue);
        queue.add(peerQueue, EventType.CONNECTED, System.nanoTime(), WHO, null, false, null, null);
        assertThat(takes(peerQueue)).isTrue();
    }

    @Test
    void closingReturnsTheNumberOfLostEventsAndRefusesLaterOnes() {
        WebhookQueue queue = queue("queue", "3");
        PeerEventQueue posting = peerQueue(queue);
        add(queue, posting, "x");
        add(queue, posting, "x");
        PeerEventQueue backingOff = peerQueue(queue);
        add(queue, backingOff, "x");
        queue.next();
        queue.backOff(Objects.requireNonNull(queue.next()));
        PeerEventQueue paused = peerQueue(queue);
        takes(paused);

        assertThat(queue.close()).isEqualTo(3);
        assertThat(queue.events()).isZero();
        assertThat(queue.done(posting)).as("its event is given up already").isFalse();
        assertThat(queue.retry(backingOff)).isEqualTo(QUEUED);
        assertThat(add(queue, posting, "x")).isEqualTo(CLOSED);
        assertThat(queue.events()).isZero();
        assertThat(paused(paused)).isFalse();
        assertThat(takes(paused)).isTrue();
    }

    @Test
    void refusesEventsOnceNoneWait() {
        WebhookQueue queue = queue("queue", "3");
        PeerEventQueue peerQueue = peerQueue(queue);
        add(queue, peerQueue, "1");
        assertThat(queue.refuseIfIdle()).isFalse();
        assertThat(add(queue, peerQueue, "2")).isEqualTo(QUEUED);
        queue.next();
        queue.done(peerQueue);
        queue.next();
        assertThat(queue.refuseIfIdle()).as("the last one is being posted").isFalse();
        queue.done(peerQueue);
        assertThat(queue.refuseIfIdle()).isTrue();
        assertThat(add(queue, peerQueue, "3")).isEqualTo(CLOSED);
        assertThat(takes(peerQueue)).isTrue();
    }
}
