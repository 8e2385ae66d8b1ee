package io.switchboard.inbound;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.switchboard.inbound.BackEnd.Outcome;
import io.switchboard.inbound.WebhookQueue.Lane;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.junit.jupiter.api.Test;

/** One thread, and a back end that answers as the test says: posts are made at {@link #run}. */
class WebhookTest {
    private static final Outcome HEARD = new Outcome.Heard(new byte[0]);

    private final PeerRegistry registry = PeerFixtures.registry();
    private final Listener listener = PeerFixtures.listener("default");
    private final FakeLink link = new FakeLink();
    private final PeerSession session = registry.open(listener, link);
    private final Deque<Outcome> outcomes = new ArrayDeque<>();
    private final List<String> posted = new ArrayList<>();
    private final List<String> writtenBefore = new ArrayList<>();
    private final Deque<Runnable> tasks = new ConcurrentLinkedDeque<>();
    private final List<Duration> pauses = new ArrayList<>();
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
        WebhookQueue queue = new WebhookQueue(properties, 10);
        Webhook webhook =
                new Webhook(
                        listener,
                        properties,
                        queue,
                        new FakeBackEnd(),
                        meters,
                        tasks::add,
                        (task, delay) -> {
                            pauses.add(delay);
                            tasks.add(task);
                        });
        webhook.connected(session);
        return webhook;
    }

    private final class FakeBackEnd implements BackEnd {
        private boolean closed;

        @Override
        public Outcome post(Lane lane, Event event) {
            assertThat(closed).isFalse();
            writtenBefore.add(link.text());
            byte[] payload = event.payload();
            posted.add(payload == null ? event.type().word() : new String(payload, UTF_8));
            return Objects.requireNonNullElse(outcomes.poll(), HEARD);
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

    private Lane lane() {
        return (Lane) Objects.requireNonNull(session.intake());
    }

    private void say(Webhook webhook, String text) {
        webhook.message(
                lane(),
                session,
                new InboundMessage(++seq, System.nanoTime(), text.getBytes(UTF_8)));
    }

    private double meter(String name) {
        return meters.get("switchboard.webhook." + name).counter().count();
    }

    @Test
    void startsOneThreadAndNoneWhileItRuns() {
        Webhook webhook = webhook();
        say(webhook, "one");
        say(webhook, "two");
        assertThat(tasks).hasSize(1);
        run();
        assertThat(posted).containsExactly("one", "two");
        assertThat(meter("posted.events")).isEqualTo(2);
    }

    @Test
    void backsOffFurtherEachTimeUpToABound() {
        Webhook webhook = webhook();
        for (int attempt = 0; attempt < 300; attempt++) {
            outcomes.add(new Outcome.Failed("down", Duration.ZERO));
        }
        say(webhook, "one");
        say(webhook, "two");
        run();
        assertThat(posted).hasSize(302).endsWith("one", "two");
        assertThat(pauses.get(0)).isLessThanOrEqualTo(Duration.ofMillis(100));
        assertThat(pauses.get(3)).isLessThanOrEqualTo(Duration.ofMillis(800));
        List<Duration> last = pauses.subList(10, 300);
        assertThat(last).allMatch(pause -> pause.compareTo(Duration.ofSeconds(10)) <= 0);
        assertThat(last).as("full jitter").anyMatch(pause -> pause.toMillis() < 2_500);
        assertThat(last).anyMatch(pause -> pause.toMillis() > 7_500);
        assertThat(meter("retries")).isEqualTo(300);
    }

    @Test
    void waitsForWhatTheBackEndAsksButNoLongerThanTheEventMay() {
        Webhook webhook = webhook("30s");
        outcomes.add(new Outcome.Failed("busy", Duration.ofSeconds(20)));
        outcomes.add(new Outcome.Failed("busy", Duration.ofHours(1)));
        say(webhook, "one");
        run();
        assertThat(pauses.get(0)).isEqualTo(Duration.ofSeconds(20));
        assertThat(pauses.get(1)).isBetween(Duration.ofSeconds(25), Duration.ofSeconds(30));
    }

    @Test
    void givesUpWhatHasFailedForTooLongAndGoesOn() {
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
    void answersComeBeforeTheNextEventIsPosted() {
        Webhook webhook = webhook();
        outcomes.add(new Outcome.Heard("a".getBytes(UTF_8)));
        outcomes.add(new Outcome.Heard("b".getBytes(UTF_8)));
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
                .as("its event is not done, and nobody else may post the next")
                .containsExactly(2.0, 1.0);
        assertThat(writtenBefore).containsExactly("", "a\n");
        assertThat(link.text()).isEqualTo("a\nb\n");
    }

    @Test
    void answersToAPeerThatIsGoneGoNowhere() {
        Webhook webhook = webhook();
        outcomes.add(new Outcome.Heard("a".getBytes(UTF_8)));
        say(webhook, "one");
        session.abort(CloseReason.KICKED, null);
        webhook.event(lane(), EventType.CLOSED, session, "kicked");
        run();
        assertThat(posted).containsExactly("one", "closed");
        assertThat(link.text()).isEmpty();
    }

    /** Its loop may be in the midst of what one read brought when another thread closes it. */
    @Test
    void whatIsCutWhileAnotherThreadClosesThePeerIsPostedAllTheSame() {
        Webhook webhook = webhook();
        webhook.event(lane(), EventType.CLOSED, session, "kicked");
        say(webhook, "late");
        run();
        assertThat(posted).containsExactly("closed", "late");
    }

    @Test
    void aStopTriesOnceMoreWhatRests() {
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
    void aStopGivesUpWhatIsLeftAndCountsIt() {
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
