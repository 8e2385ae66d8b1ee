package io.switchboard.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.switchboard.events.Event;
import io.switchboard.events.EventType;
import io.switchboard.store.Store;
import io.switchboard.store.StoreFixtures;
import io.switchboard.store.StoredBytes;
import io.switchboard.webhook.EventRows.Row;
import io.switchboard.webhook.QueuedEvent.Source;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Events of a webhook that was durable once. */
class LeftEventsTest {
    @TempDir private Path directory;
    private final StoredBytes bytes = StoreFixtures.bytes(1_000_000_000);
    private final List<String> posted = new CopyOnWriteArrayList<>();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final Logger log = (Logger) LoggerFactory.getLogger(LeftEvents.class);
    private Store store;

    @BeforeEach
    void open() {
        store = StoreFixtures.embedded(directory);
        lines.start();
        log.addAppender(lines);
    }

    @AfterEach
    void close() {
        log.detachAppender(lines);
        store.close();
    }

    private Webhook webhook(String storage) {
        return WebhookFixtures.webhook(
                "next", WebhookFixtures.properties(storage), store, bytes, posted::add);
    }

    /** Stores events as an earlier process has left them. */
    private void left(String listener, int from, int to, Duration age) throws Exception {
        EventRows rows = new EventRows(listener);
        store.writeAndWait(
                in -> {
                    rows.join(in, "earlier", "earlier");
                    rows.insert(
                            in,
                            IntStream.range(from, to)
                                    .mapToObj(
                                            seq ->
                                                    new Row(
                                                            new Source(
                                                                    "earlier", "peer-" + seq % 7),
                                                            seq,
                                                            "delivery-" + seq,
                                                            in.now() + age.toMillis(),
                                                            ("event " + seq).getBytes(UTF_8)))
                                    .toList());
                    return true;
                });
    }

    private List<String> logged() {
        return lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    private long rows() {
        return store.read(
                in ->
                        in.jdbc()
                                .sql("select count(*) from switchboard_webhook_event")
                                .query(Long.class)
                                .single());
    }

    @Test
    void aWebhookThatIsNotDurableAnyMorePostsThem() throws Exception {
        left("default", 0, 300, Duration.ofHours(1));
        Webhook webhook = webhook("memory");
        LeftEvents events = new LeftEvents(store, meters, _ -> webhook);
        events.start();
        await().untilAsserted(
                        () ->
                                assertThat(logged())
                                        .containsExactly(
                                                "events in the store are not of a durable webhook: listener default: 300, posted now"));
        webhook.start();
        await().until(() -> posted.size() == 300);
        assertThat(posted.stream().filter(each -> number(each) % 7 == 3).toList())
                .isSortedAccordingTo((one, other) -> Integer.compare(number(one), number(other)));
        await().until(() -> rows() == 0 && bytes.bytes() == 0);
        await().untilAsserted(() -> assertThat(webhook.state()).endsWith("0 events wait"));
        events.stop();
        webhook.stop(Duration.ofSeconds(3));
    }

    private static int number(String body) {
        return Integer.parseInt(body.substring("event ".length()));
    }

    /** Its own events wait in memory only, and are not in the way of the others. */
    @Test
    void itsNewEventsAreNotStored() throws Exception {
        left("default", 0, 10, Duration.ofHours(1));
        Webhook webhook = webhook("memory");
        webhook.stored(EventType.MESSAGE_STORED, new Event.Stored("id", "name"), null);
        webhook.start();
        await().until(() -> posted.size() == 11);
        await().until(() -> rows() == 0);
        webhook.stop(Duration.ofSeconds(3));
    }

    @Test
    void thoseOfAListenerWithoutAWebhookAreDroppedWhenTheyAreOld() throws Exception {
        left("gone", 0, 700, Duration.ofMillis(-1));
        left("gone", 700, 703, Duration.ofSeconds(2));
        LeftEvents events = new LeftEvents(store, meters, _ -> null);
        events.start();
        await().until(() -> rows() == 0);
        await().untilAsserted(
                        () ->
                                assertThat(
                                                meters.get("switchboard.webhook.given.up.events")
                                                        .tag("listener", "gone")
                                                        .counter()
                                                        .count())
                                        .isEqualTo(703));
        assertThat(logged().getFirst())
                .isEqualTo(
                        "events in the store are not of a durable webhook: listener gone: 703, dropped when they are older than max-age, because it has no webhook");
        assertThat(logged())
                .contains(
                        "listener gone has no webhook: 700 stored events older than their max-age dropped");
        events.stop();
    }

    @Test
    void aDurableWebhookIsNotMentioned() throws Exception {
        left("default", 0, 3, Duration.ofHours(1));
        Webhook webhook = webhook("durable");
        LeftEvents events = new LeftEvents(store, meters, _ -> webhook);
        events.start();
        webhook.start();
        await().until(() -> posted.size() == 3);
        assertThat(logged()).isEmpty();
        events.stop();
        webhook.stop(Duration.ofSeconds(3));
    }
}
