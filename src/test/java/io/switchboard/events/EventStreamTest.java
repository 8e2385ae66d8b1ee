package io.switchboard.events;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.peer.CloseReason;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.Identification.OnDuplicate;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.receive.InboundMessage;
import io.switchboard.receive.ReceiveFixtures;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EventStreamTest {
    private static final EventFilter ALL = new EventFilter(Set.of(), Set.of(), Set.of(), Set.of());
    private static final long MAX_NANOS = TimeUnit.SECONDS.toNanos(20);

    private final PeerRegistry registry = PeerFixtures.registry();
    private final EventStream stream = EventFixtures.stream(registry);

    private PeerSession open() {
        return open("default");
    }

    private PeerSession open(String listener, String... groups) {
        return registry.open(
                PeerFixtures.listener(listener, OnDuplicate.ALLOW_BOTH, groups), new FakeLink());
    }

    private void publish(PeerSession session, String text) {
        stream.message(
                session, new InboundMessage(1, System.nanoTime(), text.getBytes(UTF_8), false));
    }

    private Subscription subscribe(EventFilter filter, @Nullable Long lastEventId) {
        return stream.subscribe(filter, lastEventId).orElseThrow();
    }

    private static List<String> words(Subscription.Page page) {
        return page.events().stream()
                .map(
                        event ->
                                event.type().word()
                                        + " "
                                        + Objects.requireNonNull(event.peer()).name()
                                        + (event.payload() == null
                                                ? ""
                                                : " " + new String(event.payload(), UTF_8))
                                        + (event.reason() == null ? "" : " " + event.reason()))
                .toList();
    }

    @Test
    void publishesTheEventsOfAPeerInOrder() {
        try (Subscription all = subscribe(ALL, null)) {
            PeerSession session = open();
            publish(session, "hello");
            registry.identify(session, "plc-1", List.of());
            publish(session, "again");
            stream.sendFailed(session, "reset", "d1");
            session.abort(CloseReason.RESET, null);
            Subscription.Page page = all.read();
            assertThat(page.gap()).isNull();
            assertThat(words(page))
                    .containsExactly(
                            "connected null",
                            "message null hello",
                            "identified plc-1",
                            "message plc-1 again",
                            "send-failed plc-1 reset",
                            "closed plc-1 reset");
            assertThat(page.events().get(4).delivery()).isEqualTo("d1");
            assertThat(page.events())
                    .allSatisfy(
                            event -> {
                                EventPeer peer = Objects.requireNonNull(event.peer());
                                assertThat(peer.id()).isEqualTo(session.id());
                                assertThat(peer.listener()).isEqualTo("default");
                                assertThat(peer.peername().toString()).isEqualTo("127.0.0.1:40001");
                                assertThat(event.at())
                                        .isBetween(
                                                session.snapshot().connectedAt().minusSeconds(1),
                                                Instant.now().plusSeconds(1));
                            });
            assertThat(all.read().isEmpty()).isTrue();
        }
    }

    @Test
    void aSubscriberBeginsWithTheNextEvent() {
        open();
        try (Subscription late = subscribe(ALL, null)) {
            assertThat(late.read().isEmpty()).isTrue();
            open();
            assertThat(words(late.read())).containsExactly("connected null");
        }
    }

    @Test
    void filtersByTypePeerGroupAndListener() {
        PeerSession truck = open("trackers", "fleet");
        PeerSession plc = open("plcs");
        registry.identify(truck, "truck-7", List.of());
        long before;
        try (Subscription now = subscribe(ALL, null)) {
            before = now.after();
        }
        publish(truck, "t");
        publish(plc, "p");
        truck.abort(CloseReason.KICKED, null);
        assertThat(selected(before, Set.of(), Set.of(), Set.of(), Set.of(EventType.CLOSED.word())))
                .containsExactly("closed truck-7 kicked");
        assertThat(selected(before, Set.of("truck-7"), Set.of(), Set.of(), Set.of())).hasSize(2);
        assertThat(selected(before, Set.of(plc.id().toString()), Set.of(), Set.of(), Set.of()))
                .containsExactly("message null p");
        assertThat(
                        selected(
                                before,
                                Set.of("truck-7", plc.id().toString()),
                                Set.of(),
                                Set.of(),
                                Set.of()))
                .hasSize(3);
        assertThat(selected(before, Set.of(), Set.of("fleet"), Set.of(), Set.of())).hasSize(2);
        assertThat(selected(before, Set.of(), Set.of(), Set.of("plcs"), Set.of()))
                .containsExactly("message null p");
        assertThat(
                        selected(
                                before,
                                Set.of("truck-7"),
                                Set.of("fleet"),
                                Set.of("trackers"),
                                Set.of(EventType.MESSAGE.word())))
                .containsExactly("message truck-7 t");
        assertThat(selected(before, Set.of("truck-7"), Set.of(), Set.of("plcs"), Set.of()))
                .isEmpty();
    }

    private List<String> selected(
            long after,
            Set<String> peers,
            Set<String> groups,
            Set<String> listeners,
            Set<String> types) {
        EventFilter filter = new EventFilter(peers, groups, listeners, types);
        try (Subscription subscription = subscribe(filter, after)) {
            return words(subscription.read());
        }
    }

    /** The peer joins the groups of its listener only after its connect event. */
    @Test
    void aConnectEventHasTheGroupsOfItsListener() {
        EventFilter fleet = new EventFilter(Set.of(), Set.of("fleet"), Set.of(), Set.of());
        try (Subscription subscription = subscribe(fleet, null)) {
            open("trackers", "fleet");
            assertThat(words(subscription.read())).containsExactly("connected null");
        }
    }

    @Test
    void aMessageEventHasTheCurrentNameOfItsPeer() {
        PeerSession session = open();
        ReceiveFixtures.createHistory(session);
        try (Subscription all = subscribe(ALL, null)) {
            publish(session, "1");
            registry.rename(session, "a");
            publish(session, "2");
            registry.rename(session, null);
            registry.join(session, "g");
            publish(session, "3");
            assertThat(words(all.read()))
                    .containsExactly(
                            "message null 1", "identified a", "message a 2", "message null 3");
        }
        try (Subscription groups =
                subscribe(new EventFilter(Set.of(), Set.of("g"), Set.of(), Set.of()), null)) {
            publish(session, "4");
            assertThat(words(groups.read())).containsExactly("message null 4");
        }
    }

    @Test
    void resumesAfterTheLastEventReceived() {
        PeerSession session = open();
        publish(session, "1");
        publish(session, "2");
        long seen;
        try (Subscription first = subscribe(ALL, null)) {
            seen = first.after() - 1;
        }
        try (Subscription again = subscribe(ALL, seen)) {
            Subscription.Page page = again.read();
            assertThat(page.gap()).isNull();
            assertThat(words(page)).containsExactly("message null 2");
        }
    }

    @Test
    void reportsHowManyEventsAreMissing() {
        PeerRegistry few = PeerFixtures.registry();
        EventStream small = EventFixtures.stream(few, 3);
        PeerSession session = few.open(PeerFixtures.listener("default"), new FakeLink());
        long seen;
        try (Subscription first = small.subscribe(ALL, null).orElseThrow()) {
            seen = first.after();
        }
        for (int i = 0; i < 5; i++) {
            small.message(session, new InboundMessage(1, 0, new byte[0], false));
        }
        try (Subscription again = small.subscribe(ALL, seen).orElseThrow()) {
            Subscription.Page page = again.read();
            assertThat(page.gap()).isEqualTo(new Subscription.Gap(2L, seen + 1, seen + 2));
            assertThat(page.events().getFirst().seq()).isEqualTo(seen + 3);
            assertThat(page.events()).hasSize(3);
            assertThat(again.read().isEmpty()).isTrue();
        }
    }

    @Test
    void anIdOfAnotherRunIsAGapOfUnknownSize() {
        open();
        long now;
        try (Subscription first = subscribe(ALL, null)) {
            now = first.after();
        }
        for (long foreign : List.of(0L, 17L, now - 1_000_000, now + 1)) {
            try (Subscription again = subscribe(ALL, foreign)) {
                Subscription.Page page = again.read();
                assertThat(page.gap()).isEqualTo(new Subscription.Gap(null, null, now - 1));
                assertThat(words(page)).containsExactly("connected null");
                assertThat(again.read().isEmpty()).isTrue();
            }
        }
    }

    @Test
    void theNumbersOfALaterRunAreGreater() {
        open();
        await().untilAsserted(
                        () -> {
                            EventStream later = EventFixtures.stream(PeerFixtures.registry());
                            try (Subscription old = subscribe(ALL, null);
                                    Subscription fresh = later.subscribe(ALL, null).orElseThrow()) {
                                assertThat(fresh.after()).isGreaterThan(old.after());
                            }
                        });
    }

    @Test
    void refusesMoreSubscribersThanTheMaximum() {
        List<Subscription> all = new ArrayList<>();
        for (int i = 0; i < EventStream.MAX_SUBSCRIBERS; i++) {
            all.add(subscribe(ALL, null));
        }
        assertThat(stream.subscribe(ALL, null)).isEmpty();
        all.getFirst().close();
        all.getFirst().close();
        assertThat(stream.subscribe(ALL, null)).isPresent();
        assertThat(stream.subscribe(ALL, null)).isEmpty();
    }

    @Test
    void endsPresentAndNewSubscriptionsWhenItStops() throws Exception {
        Reader reader = new Reader(subscribe(ALL, null));
        await().until(reader::isWaiting);
        stream.stop();
        assertThat(reader.thread.join(Duration.ofSeconds(10))).isTrue();
        try (Subscription late = subscribe(ALL, null)) {
            assertThat(late.ended()).isTrue();
        }
        stream.start();
        try (Subscription again = subscribe(ALL, null)) {
            assertThat(again.ended()).isFalse();
        }
    }

    /** Race: an event is published while a subscriber or the waker is about to wait. */
    @Test
    void everyEventWakesAWaitingSubscriber() {
        Reader reader = new Reader(subscribe(ALL, null));
        PeerSession session = open();
        for (int i = 1; i <= 20_000; i++) {
            publish(session, "");
            if (i % 100 == 0) {
                int expected = i + 1;
                await().pollDelay(Duration.ZERO)
                        .pollInterval(Duration.ofNanos(100_000))
                        .until(() -> reader.seqs.size() >= expected);
            }
        }
        reader.subscription.end();
    }

    /** Race: subscribers come and go while events are published. */
    @Test
    void aNewSubscriberReceivesEachPublishedEventOnce() throws Exception {
        PeerSession session = open();
        AtomicBoolean enough = new AtomicBoolean();
        Thread publisher =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    while (!enough.get()) {
                                        publish(session, "");
                                        LockSupport.parkNanos(1_000); // slower than the readers
                                    }
                                });
        for (int round = 0; round < 200; round++) {
            Subscription subscription = subscribe(ALL, null);
            long before = subscription.after();
            Reader reader = new Reader(subscription);
            soon(() -> reader.seqs.size() >= 10);
            subscription.end();
            assertThat(reader.thread.join(Duration.ofSeconds(10))).isTrue();
            for (int i = 0; i < 10; i++) {
                assertThat(reader.seqs.get(i)).isEqualTo(before + i + 1);
            }
        }
        enough.set(true);
        publisher.join();
    }

    /** Race: the only event is published while the first subscriber subscribes. */
    @Test
    void theFirstSubscriberReceivesTheOnlyEvent() {
        PeerSession session = open();
        for (int round = 0; round < 2_000; round++) {
            Subscription subscription = subscribe(ALL, null);
            Reader reader = new Reader(subscription);
            publish(session, "");
            soon(() -> !reader.seqs.isEmpty());
            subscription.end();
            subscription.close();
        }
    }

    private static void soon(BooleanSupplier condition) {
        await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofNanos(100_000))
                .until(condition::getAsBoolean);
    }

    /** Reads a subscription on a virtual thread. */
    private static final class Reader {
        private final Subscription subscription;
        private final List<Long> seqs = Collections.synchronizedList(new ArrayList<>());
        private final Thread thread;

        Reader(Subscription subscription) {
            this.subscription = subscription;
            this.thread = Thread.ofVirtual().start(this::run);
        }

        private void run() {
            try (subscription) {
                while (!subscription.ended() && seqs.size() < 100_000) {
                    Subscription.Page page = subscription.read();
                    seqs.addAll(page.events().stream().map(Event::seq).toList());
                    if (page.isEmpty()) {
                        subscription.await(MAX_NANOS);
                    }
                }
            }
        }

        boolean isWaiting() {
            return thread.getState() == Thread.State.TIMED_WAITING;
        }
    }
}
