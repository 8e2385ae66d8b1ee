package io.switchboard.events;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.peer.FakeLink;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.receive.InboundMessage;
import io.switchboard.receive.Ring;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

class EventRingTest {
    private static final EventFilter ALL = new EventFilter(Set.of(), Set.of(), Set.of(), Set.of());
    private static final long START = 1_000_000;

    private final PeerRegistry registry = PeerFixtures.registry();
    private final PeerSession session =
            registry.open(PeerFixtures.listener("default"), new FakeLink());
    private final EventPeer peer = EventPeer.of(session);

    private static EventRing ring(int buffer, long maxBytes) {
        return new EventRing(EventFixtures.limits(buffer, DataSize.ofBytes(maxBytes)), START);
    }

    private void addMessage(EventRing ring, int bytes) {
        ring.add(EventType.MESSAGE, System.nanoTime(), peer, new byte[bytes], false, null, null);
    }

    private static List<Long> seqs(Ring.Page<Event> page) {
        return page.items().stream().map(Event::seq).toList();
    }

    private static Ring.Page<Event> readAll(EventRing ring, long after) {
        return ring.read(after, ALL, Integer.MAX_VALUE, Long.MAX_VALUE);
    }

    @Test
    void numbersEventsFromItsStart() {
        EventRing ring = ring(10, 1_000);
        assertThat(readAll(ring, START)).isEqualTo(new Ring.Page<>(0, List.of(), START));
        addMessage(ring, 1);
        addMessage(ring, 1);
        Ring.Page<Event> page = readAll(ring, START);
        assertThat(seqs(page)).containsExactly(START + 1, START + 2);
        assertThat(page.next()).isEqualTo(START + 2);
        assertThat(page.missed()).isZero();
        assertThat(ring.added()).isEqualTo(2);
    }

    /** Some of these buffers are as large as the ring's table, and others are smaller. */
    @Test
    void keepsTheLatestEventsAndCountsTheMissingOnes() {
        for (int buffer : List.of(1, 2, 3, 4, 7, 8)) {
            EventRing ring = ring(buffer, 1_000);
            for (int added = 1; added <= 40; added++) {
                addMessage(ring, 1);
                int kept = Math.min(added, buffer);
                Ring.Page<Event> page = readAll(ring, START);
                assertThat(page.missed()).isEqualTo(added - kept);
                assertThat(seqs(page))
                        .isEqualTo(
                                LongStream.rangeClosed(START + added - kept + 1, START + added)
                                        .boxed()
                                        .toList());
                assertThat(ring.oldest()).isEqualTo(START + added - kept + 1);
            }
        }
    }

    @Test
    void limitsBytesTooButAlwaysKeepsTheLatestEvent() {
        EventRing ring = ring(100, 10);
        addMessage(ring, 4);
        addMessage(ring, 4);
        addMessage(ring, 3);
        assertThat(seqs(readAll(ring, START))).containsExactly(START + 2, START + 3);
        addMessage(ring, 50);
        assertThat(seqs(readAll(ring, START))).containsExactly(START + 4);
        addMessage(ring, 0);
        assertThat(seqs(readAll(ring, START))).containsExactly(START + 5);
        addMessage(ring, 10);
        assertThat(seqs(readAll(ring, START))).containsExactly(START + 5, START + 6);
        assertThat(readAll(ring, START).missed()).isEqualTo(4);
    }

    @Test
    void aPageEndsAtItsLimitsAndTheNextPageContinues() {
        EventRing ring = ring(100, 1_000);
        for (int i = 0; i < 5; i++) {
            addMessage(ring, 10);
        }
        Ring.Page<Event> two = ring.read(START, ALL, 2, 1_000);
        assertThat(seqs(two)).containsExactly(START + 1, START + 2);
        Ring.Page<Event> byBytes = ring.read(two.next(), ALL, 100, 11);
        assertThat(seqs(byBytes)).containsExactly(START + 3, START + 4);
        assertThat(seqs(readAll(ring, byBytes.next()))).containsExactly(START + 5);
    }

    @Test
    void skipsEventsThatTheFilterDoesNotSelect() {
        EventRing ring = ring(100, 1_000);
        addMessage(ring, 1);
        ring.add(EventType.CLOSED, 0, peer, null, false, "kicked", null);
        addMessage(ring, 1);
        EventFilter closes =
                new EventFilter(Set.of(), Set.of(), Set.of(), Set.of(EventType.CLOSED.word()));
        Ring.Page<Event> page = ring.read(START, closes, 100, 1_000);
        assertThat(seqs(page)).containsExactly(START + 2);
        assertThat(page.next()).isEqualTo(START + 3);
    }

    /** Race: a slot is emptied, or used again, while a reader comes to it. */
    @Test
    void aReaderThatIsOverrunSeesEachEventOnceOrCountsItAsMissed() throws Exception {
        EventRing ring = ring(16, 1_000);
        int count = 300_000;
        CountDownLatch reading = new CountDownLatch(1);
        Thread publisher =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    awaitUninterruptibly(reading);
                                    for (int i = 0; i < count; i++) {
                                        addMessage(ring, i % 100);
                                    }
                                });
        long after = START;
        long missed = 0;
        long seen = 0;
        while (after < START + count) {
            Ring.Page<Event> page = ring.read(after, ALL, 8, 1_000);
            reading.countDown();
            long expected = after + page.missed();
            missed += page.missed();
            for (Event event : page.items()) {
                expected++;
                assertThat(event.seq()).isEqualTo(expected);
                seen++;
            }
            assertThat(page.next()).isEqualTo(expected);
            after = page.next();
        }
        publisher.join();
        assertThat(seen + missed).isEqualTo(count);
        assertThat(seen).isPositive();
        assertThat(missed).isPositive();
    }

    @Test
    void numbersEachMessageOfABatch() {
        EventRing ring = ring(10, 1_000);
        ring.add(EventType.CONNECTED, 0, peer, null, false, null, null);
        ring.add(
                peer,
                List.of(
                        new InboundMessage(7, 70, new byte[] {1}, false),
                        new InboundMessage(8, 80, new byte[] {2}, true)));
        Ring.Page<Event> page = readAll(ring, START + 1);
        assertThat(seqs(page)).containsExactly(START + 2, START + 3);
        assertThat(page.items()).extracting(Event::type).containsOnly(EventType.MESSAGE);
        assertThat(page.items()).extracting(Event::nanos).containsExactly(70L, 80L);
        assertThat(page.items()).extracting(Event::incomplete).containsExactly(false, true);
        assertThat(page.items()).extracting(Event::peer).containsOnly(peer);
    }

    /** A batch may be larger than the buffer. */
    @Test
    void keepsTheLatestEventsOfABatch() {
        EventRing ring = ring(4, 1_000);
        List<InboundMessage> messages =
                LongStream.rangeClosed(1, 30)
                        .mapToObj(seq -> new InboundMessage(seq, 0, new byte[1], false))
                        .toList();
        ring.add(peer, messages);
        Ring.Page<Event> page = readAll(ring, START);
        assertThat(page.missed()).isEqualTo(26);
        assertThat(seqs(page)).containsExactly(START + 27, START + 28, START + 29, START + 30);
    }

    /** Race: several publishers at once. */
    @Test
    void everyEventOfEveryPublisherHasANumberOfItsOwn() throws Exception {
        int publishers = 4;
        int each = 5_000;
        EventRing ring = ring(publishers * each, 1_000_000);
        List<Thread> threads = new ArrayList<>();
        for (int p = 0; p < publishers; p++) {
            int size = p + 1;
            threads.add(
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        for (int i = 0; i < each; i++) {
                                            addMessage(ring, size);
                                        }
                                    }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        Ring.Page<Event> page = readAll(ring, START);
        assertThat(page.missed()).isZero();
        assertThat(seqs(page))
                .isEqualTo(
                        LongStream.rangeClosed(START + 1, START + (long) publishers * each)
                                .boxed()
                                .toList());
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
