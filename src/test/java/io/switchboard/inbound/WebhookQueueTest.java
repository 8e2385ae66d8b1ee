package io.switchboard.inbound;

import static io.switchboard.inbound.WebhookQueue.Added.DROPPED;
import static io.switchboard.inbound.WebhookQueue.Added.NEEDS_POSTER;
import static io.switchboard.inbound.WebhookQueue.Added.WAITS;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.inbound.WebhookQueue.Lane;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerId;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class WebhookQueueTest {
    private static final EventPeer WHO =
            new EventPeer(
                    PeerId.parse("4kdtwq-17").orElseThrow(),
                    null,
                    List.of(),
                    "default",
                    new InetSocketAddress(1));

    private final PeerRegistry registry = PeerFixtures.registry();
    private final Listener listener = PeerFixtures.listener("default");

    private static WebhookQueue queue(String... settings) {
        Map<String, String> values = new HashMap<>(Map.of("url", "http://127.0.0.1:1/"));
        for (int at = 0; at < settings.length; at += 2) {
            values.put(settings[at], settings[at + 1]);
        }
        return new WebhookQueue(WebhookPropertiesTest.bind(values), 1);
    }

    private Lane lane(WebhookQueue queue) {
        return lane(queue, registry.open(listener, new FakeLink()));
    }

    /** Nothing here asks for its webhook. */
    @SuppressWarnings("NullAway")
    private static Lane lane(WebhookQueue queue, PeerSession session) {
        return new Lane(null, queue, session);
    }

    private static WebhookQueue.Added add(WebhookQueue queue, Lane lane, String text) {
        return queue.addMessage(lane, System.nanoTime(), WHO, text.getBytes(UTF_8));
    }

    private static @Nullable String post(WebhookQueue queue) {
        Lane lane = queue.next();
        if (lane == null) {
            return null;
        }
        Event event = Objects.requireNonNull(queue.first(lane));
        queue.done(lane);
        return new String(Objects.requireNonNull(event.payload()), UTF_8);
    }

    private static boolean paused(Lane lane) {
        return Objects.requireNonNull(lane.session()).paused();
    }

    @Test
    void givesPeersTheirTurnsAndEachItsOrder() {
        WebhookQueue queue = queue();
        Lane a = lane(queue);
        Lane b = lane(queue);
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
    void givesNobodyTheSecondEventWhileTheFirstIsBeingPosted() {
        WebhookQueue queue = queue();
        Lane a = lane(queue);
        add(queue, a, "a1");
        Lane posting = Objects.requireNonNull(queue.next());
        add(queue, a, "a2");
        assertThat(queue.next()).isNull();
        queue.done(posting);
        assertThat(post(queue)).isEqualTo("a2");
    }

    @Test
    void asksForNoMorePostersThanMayBe() {
        WebhookQueue queue = queue("parallel", "2");
        assertThat(add(queue, lane(queue), "a")).isEqualTo(NEEDS_POSTER);
        Lane b = lane(queue);
        assertThat(add(queue, b, "b")).isEqualTo(NEEDS_POSTER);
        assertThat(add(queue, b, "b")).isEqualTo(WAITS);
        assertThat(add(queue, lane(queue), "c")).isEqualTo(WAITS);
        while (post(queue) != null) {}
        assertThat(add(queue, lane(queue), "d")).as("one has ended").isEqualTo(NEEDS_POSTER);
    }

    @Test
    void whoRestsLetsOthersPassAndKeepsItsOrder() {
        WebhookQueue queue = queue();
        Lane a = lane(queue);
        add(queue, a, "a1");
        add(queue, a, "a2");
        Lane failing = Objects.requireNonNull(queue.next());
        queue.rest(failing);
        add(queue, a, "a3");
        add(queue, lane(queue), "b1");
        assertThat(post(queue)).isEqualTo("b1");
        assertThat(post(queue)).isNull();
        assertThat(queue.wake(a)).isEqualTo(NEEDS_POSTER);
        assertThat(queue.wake(a)).as("only once").isEqualTo(WAITS);
        assertThat(post(queue)).isEqualTo("a1");
        assertThat(post(queue)).isEqualTo("a2");
        assertThat(post(queue)).isEqualTo("a3");
    }

    @Test
    void countsWhatIsBeingPosted() {
        WebhookQueue queue = queue();
        add(queue, lane(queue), "1234");
        queue.next();
        assertThat(queue.events()).isOne();
        assertThat(queue.bytes()).isGreaterThan(4);
    }

    @Test
    void pausesWhoWouldAddAndLetsTheLongestWaitingGoOnAtHalf() {
        WebhookQueue queue = queue("queue", "4");
        Lane sender = lane(queue);
        for (int number = 0; number < 4; number++) {
            assertThat(queue.takes(sender)).isTrue();
            add(queue, sender, "x");
        }
        Lane first = lane(queue);
        Lane second = lane(queue);
        assertThat(queue.takes(first)).isFalse();
        assertThat(queue.takes(second)).isFalse();
        assertThat(queue.takes(first)).as("asked again").isFalse();
        assertThat(paused(first)).isTrue();
        assertThat(paused(sender)).as("it has not asked").isFalse();

        post(queue);
        assertThat(paused(first)).as("three are left").isTrue();
        post(queue);
        assertThat(paused(first)).isFalse();
        assertThat(paused(second)).isTrue();
        post(queue);
        assertThat(paused(second)).isFalse();
    }

    /** Else a slow back end would let one peer go on with each post, with room for thousands. */
    @Test
    void aReadThatIsAllowedLetsTheNextGoOn() {
        WebhookQueue queue = queue("queue", "4");
        Lane sender = lane(queue);
        for (int number = 0; number < 4; number++) {
            add(queue, sender, "x");
        }
        List<Lane> waiting = List.of(lane(queue), lane(queue), lane(queue));
        waiting.forEach(queue::takes);
        post(queue);
        post(queue);
        assertThat(waiting).map(WebhookQueueTest::paused).containsExactly(false, true, true);
        assertThat(queue.takes(waiting.get(0))).isTrue();
        assertThat(waiting).map(WebhookQueueTest::paused).containsExactly(false, false, true);
    }

    @Test
    void anEmptyQueueLetsAllGoOn() {
        WebhookQueue queue = queue("queue", "1");
        add(queue, lane(queue), "x");
        List<Lane> waiting = List.of(lane(queue), lane(queue), lane(queue));
        waiting.forEach(queue::takes);
        post(queue);
        assertThat(waiting).noneMatch(WebhookQueueTest::paused);
    }

    @Test
    void bytesFillItToo() {
        WebhookQueue queue = queue("queue-bytes", "1KB");
        Lane sender = lane(queue);
        add(queue, sender, "x".repeat(1_000));
        assertThat(queue.takes(sender)).isFalse();
        assertThat(add(queue, sender, "what was read already")).isEqualTo(WAITS);
        assertThat(queue.events()).isEqualTo(2);
        post(queue);
        assertThat(paused(sender)).isFalse();
        assertThat(post(queue)).isEqualTo("what was read already");
        assertThat(queue.bytes()).isZero();
    }

    @Test
    void halfOfTheBytesMustBeFreeToo() {
        WebhookQueue queue = queue("queue-bytes", "1KB");
        Lane sender = lane(queue);
        add(queue, sender, "x".repeat(400));
        add(queue, sender, "x".repeat(400));
        assertThat(queue.takes(sender)).isFalse();
        post(queue);
        assertThat(paused(sender)).isTrue();
        post(queue);
        assertThat(paused(sender)).isFalse();
    }

    @Test
    void whoLeavesWhileItWaitsIsForgotten() {
        WebhookQueue queue = queue("queue", "1");
        add(queue, lane(queue), "x");
        Lane gone = lane(queue);
        PeerSession session = Objects.requireNonNull(gone.session());
        queue.takes(gone);
        queue.left(gone);
        post(queue);
        assertThat(session.paused()).as("nobody has let it go on").isTrue();
    }

    @Test
    void dropsMessagesWhereItIsToldToAndTakesTheEndAllTheSame() {
        WebhookQueue queue = queue("queue", "2", "when-full", "drop");
        Lane lane = lane(queue);
        assertThat(add(queue, lane, "1")).isEqualTo(NEEDS_POSTER);
        assertThat(add(queue, lane, "2")).isEqualTo(WAITS);
        assertThat(add(queue, lane, "3")).isEqualTo(DROPPED);
        assertThat(queue.takes(lane)).isTrue();
        assertThat(queue.addLife(lane, EventType.CLOSED, WHO, "reset")).isEqualTo(WAITS);
        assertThat(queue.events()).isEqualTo(3);
    }

    /** Peers that come and go for as long as a back end is down must not fill the heap either. */
    @Test
    void takesComingAndGoingUpToABoundOfItsOwn() {
        WebhookQueue queue = queue("queue", "2");
        for (int number = 0; number < 4; number++) {
            assertThat(queue.addLife(lane(queue), EventType.CONNECTED, WHO, null))
                    .isNotEqualTo(DROPPED);
        }
        assertThat(queue.addLife(lane(queue), EventType.CONNECTED, WHO, null)).isEqualTo(DROPPED);
    }

    @Test
    void pausesNobodyWhoseMessagesItDoesNotHear() {
        WebhookQueue queue = queue("queue", "1", "events", "connected");
        Lane lane = lane(queue);
        queue.addLife(lane, EventType.CONNECTED, WHO, null);
        assertThat(queue.takes(lane)).isTrue();
    }

    @Test
    void atTheEndTellsHowManyWereLeftAndTakesNothingMore() {
        WebhookQueue queue = queue("queue", "3");
        Lane posting = lane(queue);
        add(queue, posting, "x");
        add(queue, posting, "x");
        Lane resting = lane(queue);
        add(queue, resting, "x");
        queue.next();
        queue.rest(Objects.requireNonNull(queue.next()));
        Lane paused = lane(queue);
        queue.takes(paused);

        assertThat(queue.end()).isEqualTo(3);
        assertThat(queue.events()).isZero();
        assertThat(queue.done(posting)).as("its event is given up already").isFalse();
        assertThat(queue.wake(resting)).isEqualTo(WAITS);
        assertThat(add(queue, posting, "x")).isEqualTo(DROPPED);
        assertThat(queue.events()).isZero();
        assertThat(paused(paused)).isFalse();
        assertThat(queue.takes(paused)).isTrue();
    }
}
