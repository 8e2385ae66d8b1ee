package io.switchboard.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.switchboard.events.EventType;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.HalfClose;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.receive.InboundMessage;
import io.switchboard.store.Store;
import io.switchboard.store.StoreFixtures;
import io.switchboard.testkit.BackEnds;
import io.switchboard.testkit.LoggedWarnings;
import io.switchboard.tracing.Tracing;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.ssl.DefaultSslBundleRegistry;

/** Changes of the webhook of a listener whose peers stay connected. */
class WebhookChangeTest {
    private static final Duration NOW = Duration.ZERO;

    @TempDir private Path folder;

    private final PeerRegistry registry = PeerFixtures.registry();
    private final Listener listener = PeerFixtures.listener("default");
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final BackEnds backEnds = new BackEnds();
    private final WebhookQueueBudget budget = WebhookFixtures.budget();
    private Store store;
    private Webhooks webhooks;

    @BeforeEach
    void start() {
        store = StoreFixtures.embedded(folder);
        webhooks =
                new Webhooks(
                        registry,
                        PeerFixtures.listeners(listener),
                        meters,
                        store,
                        StoreFixtures.bytes(1_000_000),
                        new DefaultSslBundleRegistry(),
                        Tracing.OFF,
                        new WebhookAnswerBudget(),
                        budget);
        webhooks.add(listener, properties("/0"));
        webhooks.start();
    }

    @AfterEach
    void stop() {
        webhooks.stop();
        store.close();
        backEnds.close();
    }

    private WebhookProperties properties(String path) {
        return WebhookPropertiesTest.bind(
                Map.of("url", backEnds.url(path), "events", "message,closed"));
    }

    private PeerSession connect() {
        return registry.open(listener, new FakeLink());
    }

    private void say(PeerSession session, int number) {
        byte[] text = Integer.toString(number).getBytes(UTF_8);
        webhooks.message(session, new InboundMessage(number + 1, System.nanoTime(), text, false));
    }

    private double counter(String name) {
        return meters.get("switchboard.webhook." + name + ".events").counter().count();
    }

    private List<String> posts(int backEnds) {
        return IntStream.range(0, backEnds)
                .mapToObj(each -> this.backEnds.at("/" + each))
                .flatMap(List::stream)
                .map(each -> each.event().at("/peer/id").asString() + " " + each.text())
                .toList();
    }

    /** A peer gets a change a moment after it, and the former webhook may have ended by then. */
    @Test
    void aChangeWhilePeersSendLosesNothing() throws Exception {
        int peers = 20;
        int messages = 100;
        int changes = 40;
        List<String> sent = new ArrayList<>();
        List<Future<?>> sending = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int peer = 0; peer < peers; peer++) {
                PeerSession session = connect();
                IntStream.range(0, messages).forEach(each -> sent.add(session.id() + " " + each));
                sending.add(threads.submit(() -> sayAll(session, messages)));
            }
            for (int change = 1; change <= changes; change++) {
                Thread.sleep(30); // so that all peers send between two changes
                assertThat(webhooks.awaitFormer(listener, Duration.ofSeconds(10))).isTrue();
                webhooks.change(listener, properties("/" + change));
                registry.sessions().stream().limit(peers / 2).forEach(webhooks::listenerChanged);
            }
            for (Future<?> each : sending) {
                each.get(1, TimeUnit.MINUTES);
            }
        }
        await().untilAsserted(
                        () ->
                                assertThat(posts(changes + 1))
                                        .containsExactlyInAnyOrderElementsOf(sent));
        await().until(() -> budget.used() == 0);
        assertThat(counter("dropped")).isZero();
        assertThat(counter("given.up")).isZero();
    }

    private Void sayAll(PeerSession session, int messages) throws InterruptedException {
        for (int number = 0; number < messages; number++) {
            say(session, number);
            // the interval of a device; all messages take about as long as all changes
            Thread.sleep(15);
        }
        return null;
    }

    @Test
    void theEventsOfAHalfClosedPeerGoToTheNewWebhookWhenTheFormerOneHasEnded() {
        PeerSession session = connect();
        session.inputEnded(HalfClose.OPEN, Duration.ofMinutes(1), null);
        webhooks.change(listener, properties("/1"));
        webhooks.listenerChanged(session);
        webhooks.event(session, EventType.CLOSED, "kicked");
        await().until(() -> !backEnds.at("/1").isEmpty());
        assertThat(backEnds.at("/1").getFirst().type()).isEqualTo("closed");
        assertThat(counter("dropped")).isZero();
    }

    @Test
    void anEventOfAPeerWhoseListenerHasNoWebhookAnyMoreIsNotDropped() {
        PeerSession session = connect();
        webhooks.change(listener, null);
        try (LoggedWarnings warnings = new LoggedWarnings()) {
            say(session, 0);
            assertThat(warnings.lines()).isEmpty();
        }
        assertThat(session.readPause().gate()).isNull();
    }

    @Test
    void anEventAfterTheEndSaysWhyItIsDropped() {
        PeerSession session = connect();
        webhooks.stop();
        try (LoggedWarnings warnings = new LoggedWarnings()) {
            say(session, 0);
            assertThat(warnings.lines())
                    .singleElement()
                    .asString()
                    .contains("1 events dropped because the webhook has stopped");
        }
        assertThat(counter("dropped")).isEqualTo(1);
    }

    /** Each former webhook has a queue and connections, which fill the heap if nobody ends them. */
    @Test
    void ofManyChangesWhileTheBackEndHangsOneFormerWebhookIsLeft() {
        int changes = 50;
        CountDownLatch open = new CountDownLatch(1);
        for (int each = 0; each <= changes; each++) {
            backEnds.on("/" + each, (_, _) -> open.await());
        }
        PeerSession session = connect();
        try (LoggedWarnings warnings = new LoggedWarnings()) {
            for (int change = 1; change <= changes; change++) {
                say(session, change);
                webhooks.change(listener, properties("/" + change));
                webhooks.listenerChanged(session);
                assertThat(webhooks.formers()).isEqualTo(1);
                assertThat(webhooks.awaitFormer(listener, NOW)).isFalse();
                assertThat(budget.used()).as("of one event").isBetween(1L, 200L);
            }
            assertThat(counter("given.up")).isEqualTo(changes - 1);
            assertThat(warnings.lines())
                    .filteredOn(
                            each ->
                                    each.contains(
                                            "1 events given up because they waited for a former webhook"))
                    .hasSize(changes - 1);
        } finally {
            open.countDown();
        }
        await().until(() -> webhooks.formers() == 0);
        assertThat(counter("given.up")).isEqualTo(changes - 1);
        assertThat(counter("posted")).isEqualTo(1);
        assertThat(budget.used()).isZero();
    }
}
