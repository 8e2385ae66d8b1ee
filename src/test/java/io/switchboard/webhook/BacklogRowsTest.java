package io.switchboard.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.events.Event;
import io.switchboard.events.EventPeer;
import io.switchboard.events.EventType;
import io.switchboard.peer.PeerId;
import io.switchboard.store.Store;
import io.switchboard.store.StoreFixtures;
import io.switchboard.webhook.BacklogBatch.Pending;
import io.switchboard.webhook.BacklogBatch.Prepared;
import io.switchboard.webhook.EventRows.Page;
import io.switchboard.webhook.EventRows.Row;
import io.switchboard.webhook.QueuedEvent.Source;
import io.switchboard.webhook.RunLeases.Change;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The rows of a durable webhook, and who owns them. */
class BacklogRowsTest {
    private static final EventRows ROWS = new EventRows("default");
    private static final EventPeer PEER =
            new EventPeer(
                    PeerId.parse("4kdtwq-17").orElseThrow(),
                    "truck-7",
                    List.of(),
                    "default",
                    new InetSocketAddress(1),
                    UTF_8);

    @TempDir private Path directory;
    private Store store;
    private final AtomicLong clock = new AtomicLong();

    @BeforeEach
    void open() {
        store = StoreFixtures.embedded(directory);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private void insert(String run, String peer, int from, int to, int size) throws Exception {
        List<Row> rows =
                IntStream.range(from, to)
                        .mapToObj(
                                seq ->
                                        new Row(
                                                new Source(run, peer),
                                                seq,
                                                "delivery-" + seq,
                                                1,
                                                new byte[size - EventRows.ROW_OVERHEAD]))
                        .toList();
        store.writeAndWait(
                in -> {
                    ROWS.insert(in, rows);
                    return true;
                });
    }

    private Page page(@Nullable String peer, long after, long upTo, int limit, long bytes) {
        return store.read(in -> ROWS.page(in, "run", peer, after, upTo, limit, bytes));
    }

    private List<EventRows.StoredPeer> peers() {
        return store.read(in -> ROWS.peers(in, "run", 10));
    }

    private static List<Long> seqs(Page page) {
        return page.events().stream().map(QueuedEvent.InStore::seq).toList();
    }

    @Test
    void readsPagesWithinTheirLimits() throws Exception {
        insert("run", "a", 1, 4, 1_000);
        insert("run", "b", 4, 6, 1_000);
        insert("other", "a", 1, 3, 1_000);
        assertThat(seqs(page(null, 0, 100, 10, 1_000_000))).containsExactly(1L, 2L, 3L, 4L, 5L);
        assertThat(page(null, 0, 100, 10, 1_000_000).complete()).isTrue();
        assertThat(seqs(page("b", 0, 100, 10, 1_000_000))).containsExactly(4L, 5L);
        assertThat(seqs(page("a", 1, 2, 10, 1_000_000))).containsExactly(2L);
        assertThat(seqs(page(null, 1, 100, 2, 1_000_000))).containsExactly(2L, 3L);
        assertThat(page(null, 1, 100, 2, 1_000_000).complete()).isFalse();
        Page byBytes = page(null, 0, 100, 10, 2_500);
        assertThat(seqs(byBytes)).containsExactly(1L, 2L);
        assertThat(byBytes.complete()).isFalse();
        assertThat(seqs(page(null, 0, 100, 10, 1))).as("one at least").containsExactly(1L);
    }

    /** The connection can break after a commit: then the same batch is written again. */
    @Test
    void aBatchThatIsWrittenTwiceIsStoredOnce() throws Exception {
        WebhookProperties properties =
                WebhookPropertiesTest.bind(
                        Map.of("url", "http://127.0.0.1:1/", "store", "durable"));
        WebhookQueue queue = new WebhookQueue(properties, 1, null, WebhookFixtures.budget());
        @SuppressWarnings("NullAway") // no webhook posts these events
        WebhookQueue.PeerEventQueue source =
                queue.new PeerEventQueue(null, new Backlogged(new Source("run", "4kdtwq-17")));
        List<Prepared> events = new ArrayList<>();
        long seq = 0;
        for (EventType type : List.of(EventType.CONNECTED, EventType.IDENTIFIED)) {
            Event event = new Event(++seq, type, System.nanoTime(), PEER, null, false, null, null);
            events.add(
                    new Prepared(
                            new Pending(source, event, true, null),
                            "delivery-" + seq,
                            HttpWebhookClient.json(event, null)));
        }
        BacklogBatch batch =
                new BacklogBatch(ROWS, true, Duration.ofDays(1).toNanos(), events, List.of());
        for (int attempt = 0; attempt < 2; attempt++) {
            store.writeAndWait(
                    in -> {
                        batch.write(in);
                        return true;
                    });
        }
        assertThat(seqs(page(null, 0, 100, 10, 1_000_000))).containsExactly(1L, 2L);
        assertThat(peers()).hasSize(1);
        AtomicLong seqs = new AtomicLong(10);
        CrashedRuns crashed = new CrashedRuns(ROWS, "next", properties);
        int closedPeers =
                store.writeAndWait(in -> crashed.closePeers(in, "run", seqs::incrementAndGet));
        assertThat(closedPeers).isOne();
        assertThat(peers()).isEmpty();
        QueuedEvent.InStore closed = page(null, 2, 100, 10, 1_000_000).events().getFirst();
        assertThat(closed.delivery()).isEqualTo("next-default-11");
        assertThat(new String(closed.body(), UTF_8))
                .contains("\"seq\":11,\"type\":\"closed\"")
                .contains("\"id\":\"4kdtwq-17\",\"name\":\"truck-7\"")
                .endsWith("\"reason\":\"service_restarted\"}");
    }

    private RunLeases leases(String run, boolean shared) {
        return new RunLeases(ROWS, run, true, shared, clock::get);
    }

    private Change renew(RunLeases leases) throws Exception {
        Change change = store.writeAndWait(leases::renew);
        leases.renewed(change);
        return change;
    }

    @Test
    void takesOverEarlierRunsAtOnceIfTheDatabaseIsNotShared() throws Exception {
        renew(leases("first", false));
        assertThat(renew(leases("second", false)).taken()).containsExactly("first");
        assertThat(renew(leases("third", false)).taken()).containsExactly("first", "second");
    }

    @Test
    void takesOverARunOnlyIfItsOwnerIsSilent() throws Exception {
        RunLeases first = leases("first", true);
        RunLeases second = leases("second", true);
        renew(first);
        renew(second);
        for (int seconds = 0; seconds < 60; seconds += 10) {
            clock.addAndGet(Duration.ofSeconds(10).toNanos());
            renew(first);
            assertThat(renew(second).taken()).isEmpty();
        }
        clock.addAndGet(Duration.ofSeconds(14).toNanos());
        assertThat(renew(second).taken()).isEmpty();
        clock.addAndGet(Duration.ofSeconds(2).toNanos());
        assertThat(renew(second).taken()).containsExactly("first");
        assertThat(renew(first).lost()).containsExactly("first");
        assertThat(renew(second).lost()).as("it has its own run back").containsExactly("first");
    }

    /** The run of the events of stored messages is as much its own as that of the peers' events. */
    @Test
    void getsBackItsRunsAlsoIfTheyWereRemoved() throws Exception {
        RunLeases first = leases("first", true);
        RunLeases second = leases("second", true);
        renew(first);
        store.writeAndWait(
                in -> {
                    ROWS.join(in, "first-m", "first");
                    return true;
                });
        first.addOwn("first-m");
        renew(second);
        clock.addAndGet(Duration.ofSeconds(16).toNanos());
        assertThat(renew(second).taken()).containsExactly("first", "first-m");
        for (String each : List.of("first", "first-m")) {
            assertThat(store.<Boolean>writeAndWait(in -> ROWS.removeIfEmpty(in, each))).isTrue();
            second.ended(each);
        }
        assertThat(renew(first).lost()).containsExactly("first", "first-m");
        assertThat(renew(first).lost()).isEmpty();
    }

    @Test
    void aProcessThatStoresNothingHasNoRunAndEndsWithTheLastOfOthers() throws Exception {
        renew(leases("first", false));
        RunLeases reader = new RunLeases(ROWS, "reader", false, false, clock::get);
        assertThat(renew(reader).taken()).containsExactly("first");
        assertThat(reader.nothingLeft()).isFalse();
        reader.ended("first");
        assertThat(reader.nothingLeft()).isTrue();
        assertThat(renew(leases("next", false)).taken()).containsExactly("first");
    }

    @Test
    void anOutageOfTheDatabaseEndsNoRun() throws Exception {
        RunLeases first = leases("first", true);
        RunLeases second = leases("second", true);
        renew(first);
        renew(second);
        second.storeFailed();
        clock.addAndGet(Duration.ofMinutes(5).toNanos());
        assertThat(renew(second).taken()).isEmpty();
    }

    @Test
    void takesOverARunAtOnceThatItsOwnerHasLeft() throws Exception {
        renew(leases("first", true));
        store.writeAndWait(
                in -> {
                    ROWS.leave(in, "first");
                    return true;
                });
        assertThat(renew(leases("second", true)).taken()).containsExactly("first");
    }

    @Test
    void aRunIsRemovedOnceNothingOfItIsLeft() throws Exception {
        renew(leases("run", false));
        insert("run", "a", 1, 2, 500);
        assertThat(store.<Boolean>writeAndWait(in -> ROWS.removeIfEmpty(in, "run"))).isFalse();
        List<QueuedEvent.InStore> events = page(null, 0, 100, 10, 1_000).events();
        store.writeAndWait(
                in -> {
                    ROWS.delete(in, events);
                    return true;
                });
        assertThat(store.<Boolean>writeAndWait(in -> ROWS.removeIfEmpty(in, "run"))).isTrue();
    }

    @Test
    void messagesAreRefusedBeforeOtherEventsIfTheStoreIsFull() {
        WebhookProperties properties =
                WebhookPropertiesTest.bind(Map.of("url", "http://127.0.0.1:1/", "queue", "2"));
        var bytes = StoreFixtures.bytes(1_000);
        Unstored unstored = new Unstored(properties, 1, bytes, WebhookFixtures.budget());
        assertThat(unstored.full()).isFalse();
        bytes.add(1_000);
        assertThat(unstored.full()).isTrue();
        assertThat(unstored.fullForOthers()).isFalse();
        bytes.add(100);
        assertThat(unstored.fullForOthers()).isTrue();
        bytes.add(-1_100);
        unstored.add(2, 100);
        assertThat(unstored.full()).isTrue();
        assertThat(unstored.halfFree()).isFalse();
        assertThat(unstored.fullForOthers()).isFalse();
        unstored.add(2, 100);
        assertThat(unstored.fullForOthers()).isTrue();
    }
}
