package io.switchboard.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.switchboard.events.Event;
import io.switchboard.events.EventType;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.receive.InboundMessage;
import io.switchboard.store.StoreFixtures;
import io.switchboard.tracing.Tracing;
import io.switchboard.webhook.WebhookClient.Outcome;
import io.switchboard.webhook.WebhookQueue.PeerEventQueue;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.junit.jupiter.api.Test;

/** A webhook on the test's own thread, which posts in {@link #run}, and a scripted back end. */
class WebhookTest {
    private static final Outcome ACCEPTED = new Outcome.Accepted(new byte[0]);

    private final PeerRegistry registry = PeerFixtures.registry();
    private final Listener listener = PeerFixtures.listener("default");
    private final FakeLink link = new FakeLink();
    private final PeerSession session = registry.open(listener, link);
    private final Deque<Outcome> outcomes = new ArrayDeque<>();
    private final List<String> posted = new ArrayList<>();
    private final List<String> writtenBefore = new ArrayList<>();
    private final Deque<Runnable> tasks = new ConcurrentLinkedDeque<>();
    private final List<Duration> delays = new ArrayList<>();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private long seq;

    private Webhook webhook(String... giveUpAfter) {
        WebhookProperties properties =
                WebhookPropertiesTest.bind(
                        Map.of(
                                "url",
                                "http://127.0.0.1:1/",
                                "give-up-after",
                                giveUpAfter.length == 0 ? "1m" : giveUpAfter[0],
                                "events",
                                "message,closed"));
        WebhookQueue queue = new WebhookQueue(properties, 10, null, WebhookFixtures.budget());
        Webhook webhook =
                new Webhook(
                        Publication.ofListener(listener.name()),
                        properties,
                        queue,
                        WebhookFixtures.backlog(
                                "run",
                                properties,
                                queue,
                                StoreFixtures.embedded(Path.of("nowhere")),
                                StoreFixtures.bytes(1)),
                        new FakeClient(),
                        meters,
                        Tracing.OFF,
                        tasks::add,
                        (task, delay) -> {
                            delays.add(delay);
                            tasks.add(task);
                        });
        WebhookFixtures.connect(webhook, session);
        return webhook;
    }

    private final class FakeClient implements WebhookClient {
        private boolean closed;

        @Override
        public Outcome post(PeerEventQueue peerQueue, QueuedEvent queued) {
            Event event = ((QueuedEvent.InMemory) queued).event();
            assertThat(closed).isFalse();
            writtenBefore.add(link.text());
            byte[] payload = event.payload();
            posted.add(payload == null ? event.type().word() : new String(payload, UTF_8));
            return Objects.requireNonNullElse(outcomes.poll(), ACCEPTED);
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    private void run() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
    }

    private PeerEventQueue peerQueue() {
        return (PeerEventQueue) Objects.requireNonNull(session.readPause().gate());
    }

    private void say(Webhook webhook, String text) {
        webhook.message(
                peerQueue(),
                session,
                new InboundMessage(++seq, System.nanoTime(), text.getBytes(UTF_8), false));
    }

    private double meter(String name) {
        return meters.get("switchboard.webhook." + name).counter().count();
    }

    @Test
    void startsNoSecondWorkerForTheSamePeer() {
        Webhook webhook = webhook();
        say(webhook, "one");
        say(webhook, "two");
        assertThat(tasks).hasSize(1);
        run();
        assertThat(posted).containsExactly("one", "two");
        assertThat(meter("posted.events")).isEqualTo(2);
    }

    @Test
    void doublesTheBackoffUpToALimit() {
        Webhook webhook = webhook();
        for (int attempt = 0; attempt < 300; attempt++) {
            outcomes.add(new Outcome.Failed("down", Duration.ZERO));
        }
        say(webhook, "one");
        say(webhook, "two");
        run();
        assertThat(posted).hasSize(302).endsWith("one", "two");
        assertThat(delays.get(0)).isLessThanOrEqualTo(Duration.ofMillis(100));
        assertThat(delays.get(3)).isLessThanOrEqualTo(Duration.ofMillis(800));
        List<Duration> last = delays.subList(10, 300);
        assertThat(last).allMatch(pause -> pause.compareTo(Duration.ofSeconds(10)) <= 0);
        assertThat(last).as("full jitter").anyMatch(pause -> pause.toMillis() < 2_500);
        assertThat(last).anyMatch(pause -> pause.toMillis() > 7_500);
        assertThat(meter("retries")).isEqualTo(300);
    }

    @Test
    void waitsAsLongAsTheBackEndAsksButNotBeyondGiveUpAfter() {
        Webhook webhook = webhook("30s");
        outcomes.add(new Outcome.Failed("busy", Duration.ofSeconds(20)));
        outcomes.add(new Outcome.Failed("busy", Duration.ofHours(1)));
        say(webhook, "one");
        run();
        assertThat(delays.get(0)).isEqualTo(Duration.ofSeconds(20));
        assertThat(delays.get(1)).isBetween(Duration.ofSeconds(25), Duration.ofSeconds(30));
    }

    @Test
    void givesUpAnEventThatFailsForTooLongAndPostsTheNext() {
        Webhook webhook = webhook("0s");
        outcomes.add(new Outcome.Failed("down", Duration.ZERO));
        say(webhook, "one");
        say(webhook, "two");
        run();
        assertThat(posted).containsExactly("one", "two");
        assertThat(meter("given.up.events")).isOne();
        assertThat(meter("posted.events")).isOne();
    }

    @Test
    void writesAnAnswerBeforeThePostOfTheNextEvent() {
        Webhook webhook = webhook();
        outcomes.add(new Outcome.Accepted("a".getBytes(UTF_8)));
        outcomes.add(new Outcome.Accepted("b".getBytes(UTF_8)));
        List<Double> queuedWhenWritten = new ArrayList<>();
        link.kernel(
                offered -> {
                    queuedWhenWritten.add(
                            meters.get("switchboard.webhook.queued.events").gauge().value());
                    return offered;
                });
        say(webhook, "one");
        say(webhook, "two");
        run();
        assertThat(queuedWhenWritten)
                .as("its event is not done, so no other worker may post the next one")
                .containsExactly(2.0, 1.0);
        assertThat(writtenBefore).containsExactly("", "a\n");
        assertThat(link.text()).isEqualTo("a\nb\n");
    }

    @Test
    void releasesTheMemoryOfAnAnswerAfterItIsWritten() {
        Webhook webhook = webhook();
        List<String> writtenAtRelease = new ArrayList<>();
        Runnable release = () -> writtenAtRelease.add(link.text());
        outcomes.add(new Outcome.Accepted("a".getBytes(UTF_8), release));
        outcomes.add(new Outcome.Accepted(null, release));
        say(webhook, "one");
        say(webhook, "two");
        run();
        assertThat(writtenAtRelease).containsExactly("a\n", "a\n");
        assertThat(meter("unwritten.answers")).isOne();
        assertThat(meter("posted.events")).isEqualTo(2);
    }

    @Test
    void dropsTheAnswerIfThePeerHasClosed() {
        Webhook webhook = webhook();
        outcomes.add(new Outcome.Accepted("a".getBytes(UTF_8)));
        say(webhook, "one");
        session.abort(CloseReason.KICKED, null);
        webhook.event(peerQueue(), EventType.CLOSED, session, "kicked");
        run();
        assertThat(posted).containsExactly("one", "closed");
        assertThat(link.text()).isEmpty();
    }

    /** Another thread may close a peer while its loop extracts frames from the last read. */
    @Test
    void postsAMessageThatArrivesAfterTheClosedEvent() {
        Webhook webhook = webhook();
        webhook.event(peerQueue(), EventType.CLOSED, session, "kicked");
        say(webhook, "late");
        run();
        assertThat(posted).containsExactly("closed", "late");
    }

    @Test
    void aStopRetriesAnEventThatBacksOff() {
        Webhook webhook = webhook();
        outcomes.add(new Outcome.Failed("busy", Duration.ofSeconds(30)));
        say(webhook, "one");
        tasks.remove().run();
        Runnable wakeUp = tasks.remove();
        Thread stop = Thread.ofVirtual().start(() -> webhook.stop(Duration.ofSeconds(10)));
        await().until(() -> !tasks.isEmpty());
        tasks.remove().run();
        join(stop);
        wakeUp.run();
        assertThat(posted).containsExactly("one", "one");
        assertThat(meter("posted.events")).isOne();
        assertThat(meter("given.up.events")).isZero();
    }

    @Test
    void aStopGivesUpTheRemainingEventsAndCountsThem() {
        Webhook webhook = webhook();
        say(webhook, "one");
        say(webhook, "two");
        webhook.stop(Duration.ZERO);
        assertThat(meter("given.up.events")).isEqualTo(2);
        run();
        assertThat(posted).isEmpty();
    }

    private static void join(Thread thread) {
        try {
            assertThat(thread.join(Duration.ofSeconds(20))).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
