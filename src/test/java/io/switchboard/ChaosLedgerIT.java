package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.peer.CloseReason;
import io.switchboard.peer.ListenerCounters;
import io.switchboard.peer.ListenerCounters.Count;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.Peer;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerRegistry.Lookup;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.TestPropertySource;

/**
 * Nothing accepted is lost in silence when networks delay, trickle, cut, reset and half close:
 * answers, events, counters and what the peers read all tell the same.
 */
@WithService
@DirtiesContext(classMode = DirtiesContext.ClassMode.AFTER_EACH_TEST_METHOD)
@TestPropertySource(
        properties = {
            "switchboard.outbox.max-messages=10",
            "switchboard.outbox.write-deadline=2s",
            "switchboard.events.buffer=100000",
            "switchboard.drain.delay=1s",
            "switchboard.drain.spread=1s"
        })
class ChaosLedgerIT {
    @RegisterExtension static final Seed SEED = new Seed();

    private static final int OF_EACH_KIND = 3;
    private static final int SENDERS = 3;
    private static final int MESSAGES = 60;

    /** One is enough, but for luck: nearly every one fills an outbox. */
    private static final int MOST_ROUNDS = 5;

    private static final int MOST_BYTES = 60_000;
    private static final int FAULT_BEFORE = 500_000;

    private final RunningService service;
    private final ConfigurableApplicationContext context;
    private final PeerRegistry registry;
    private final ListenerCounters counters;
    private final Random random = SEED.random();
    private final Ledger ledger = new Ledger();
    private final List<LedgerPeer> peers = new ArrayList<>();
    private final ChaosProxy proxy;
    private volatile boolean stopping;

    ChaosLedgerIT(
            @Autowired RunningService service,
            @Autowired ConfigurableApplicationContext context,
            @Autowired PeerRegistry registry,
            @Autowired Listeners listeners)
            throws IOException {
        this.service = service;
        this.context = context;
        this.registry = registry;
        this.counters = listeners.find("default").orElseThrow().counters();
        List<Fault> faults = Fault.ofEachKind(OF_EACH_KIND, FAULT_BEFORE, random);
        this.proxy = new ChaosProxy(service.port(), faults);
        for (Fault fault : faults) {
            RawClient client = RawClient.connect(proxy.port());
            int onward = proxy.onwardPort(client);
            String id = service.api().awaitPeer(onward).get("id").asString();
            peers.add(new LedgerPeer(client, id, fault.isHarmless()));
        }
    }

    @AfterEach
    void closeAll() throws IOException {
        for (LedgerPeer peer : peers) {
            peer.close();
        }
        proxy.close();
    }

    /** Sends until it has sent so many, or nobody is left to send to, or HTTP has ended. */
    private List<Future<?>> send(ExecutorService threads, int round, int messages) {
        List<Future<?>> senders = new ArrayList<>();
        for (int sender = 0; sender < SENDERS; sender++) {
            String name = "r" + round + "s" + sender;
            Random sizes = new Random(random.nextLong());
            senders.add(
                    threads.submit(
                            () -> {
                                try {
                                    int matched = 1;
                                    for (int i = 0; i < messages && matched > 0; i++) {
                                        int size = 1 + sizes.nextInt(MOST_BYTES);
                                        matched = ledger.post(service.api(), name, i, size);
                                    }
                                } catch (UncheckedIOException e) {
                                    if (!stopping) {
                                        throw e;
                                    }
                                }
                            }));
        }
        return senders;
    }

    private static void join(List<Future<?>> senders) throws Exception {
        for (Future<?> sender : senders) {
            sender.get(60, TimeUnit.SECONDS);
        }
    }

    @Test
    void acceptedIsEndedUnderEveryFault() throws Exception {
        try (EventReader events = EventReader.open(service.api(), "/events");
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            int round = 0;
            do {
                join(send(threads, round, MESSAGES));
                round++;
            } while (ledger.endedFor("outbox_full") == 0 && round < MOST_ROUNDS);
            for (LedgerPeer peer : peers) {
                assertThat(service.api().delete("/peers/" + peer.id()).status()).isIn(204, 410);
            }
            service.api().awaitTotal(0);
            await().untilAsserted(() -> ledger.assertAllEnded(counters));
            try (RawClient last = service.connect()) {
                String id = service.api().idOf(last);
                int closed = 0;
                for (EventReader.Sse event = events.next();
                        !peer(event).equals(id);
                        event = events.next()) {
                    closed += note(event) ? 1 : 0;
                }
                assertThat(closed).isEqualTo(peers.size());
            }
        }
        assertBalanced();
        for (String status : List.of("queued", "written", "acked", "replied", "failed")) {
            assertThat(ledger.ended(status)).as(status).isPositive();
        }
        assertThat(ledger.endedFor("outbox_full")).isPositive();
        assertThat(ledger.failures()).isPositive();
    }

    @Test
    void acceptedIsEndedByADrainUnderEveryFault() throws Exception {
        try (EventReader events = EventReader.open(service.api(), "/events");
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> senders = send(threads, 0, Integer.MAX_VALUE);
            await().until(() -> ledger.endedFor("outbox_full") > 0);
            stopping = true;
            context.stop();
            join(senders);
            ledger.assertAllEnded(counters);
            List<String> closed =
                    events.toEnd().stream().filter(this::note).map(ChaosLedgerIT::peer).toList();
            assertThat(closed)
                    .containsExactlyInAnyOrderElementsOf(
                            peers.stream().map(LedgerPeer::id).toList());
        }
        assertBalanced();
        assertThat(counters.closed(CloseReason.SHUTTING_DOWN)).isPositive();
        assertThat(ledger.endedFor("draining")).isPositive();
    }

    /** Whether a peer closed. */
    private boolean note(EventReader.Sse event) {
        switch (event.type()) {
            case "send-failed" -> ledger.failed(event.json());
            case "gap" -> throw new AssertionError(event.data());
            default -> {}
        }
        return event.type().equals("closed");
    }

    private static String peer(EventReader.Sse event) {
        return event.json().get("peer").get("id").asString();
    }

    private void assertBalanced() throws Exception {
        ledger.assertTold(counters);
        for (LedgerPeer peer : peers) {
            if (peer.harmless()) {
                peer.awaitEnd();
            }
        }
        proxy.close();
        long sent = 0;
        for (LedgerPeer peer : peers) {
            peer.awaitEnd();
            Peer last = ((Lookup.Closed) registry.find(peer.id())).last().orElseThrow();
            ledger.assertReceived(peer, last.sent().bytes());
            sent += last.sent().bytes();
        }
        assertThat(sent).isLessThanOrEqualTo(counters.get(Count.SENT_BYTES));
    }
}
