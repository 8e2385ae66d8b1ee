package io.switchboard.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.fuzz.Seed;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.ListenerCounters;
import io.switchboard.peer.ListenerCounters.ListenerMetric;
import io.switchboard.peer.Listeners;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerRegistry.Lookup;
import io.switchboard.peer.PeerSnapshot;
import io.switchboard.testkit.Api;
import io.switchboard.testkit.ChaosProxy;
import io.switchboard.testkit.EventReader;
import io.switchboard.testkit.Fault;
import io.switchboard.testkit.Ledger;
import io.switchboard.testkit.LedgerPeer;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
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
 * No accepted message is lost without a report when the network delays, trickles, cuts, resets and
 * half-closes connections. The HTTP answers, events, counters and the bytes that the peers read
 * must agree.
 */
@WithService
@DirtiesContext(classMode = DirtiesContext.ClassMode.AFTER_EACH_TEST_METHOD)
@TestPropertySource(
        properties = {
            "switchboard.outbox.max-messages=10",
            // only the faults close connections, even if the machine stalls
            "switchboard.outbox.write-deadline=5m",
            "switchboard.events.buffer=100000",
            "switchboard.drain.delay=1s",
            "switchboard.drain.spread=1s"
        })
class ChaosLedgerIT {
    @RegisterExtension static final Seed SEED = new Seed();

    private static final int OF_EACH_KIND = 3;
    private static final int SENDERS = 3;
    private static final int MESSAGES = 60;

    private static final List<String> STATUSES =
            List.of("queued", "written", "acked", "replied", "failed");

    /** Nearly every round has every result, so that one is usually enough. */
    private static final int MAX_ROUNDS = 10;

    private static final int MAX_BYTES = 60_000;
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

    /**
     * Starts senders; each ends after this many messages, or when no peer is left, or HTTP stops.
     */
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
                                        int size = 1 + sizes.nextInt(MAX_BYTES);
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
            sender.get(3, TimeUnit.MINUTES);
        }
    }

    @Test
    void everyAcceptedMessageEndsUnderEveryFault() throws Exception {
        try (EventReader events = EventReader.open(service.api(), "/events");
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            int round = 0;
            do {
                join(send(threads, round, MESSAGES));
                round++;
            } while (!hasEveryResult() && round < MAX_ROUNDS);
            List<CompletableFuture<Api.Answer>> deletes =
                    peers.stream()
                            .map(peer -> service.api().deleteAsync("/peers/" + peer.id()))
                            .toList();
            for (CompletableFuture<Api.Answer> delete : deletes) {
                assertThat(delete.get().status()).isIn(204, 410);
            }
            service.api().awaitTotal(0);
            await().untilAsserted(() -> ledger.assertAllEnded(counters));
            try (RawClient last = service.connect()) {
                String id = service.api().idOf(last);
                int closed = 0;
                for (EventReader.Sse event = events.next();
                        !peer(event).equals(id);
                        event = events.next()) {
                    closed += record(event) ? 1 : 0;
                }
                assertThat(closed).isEqualTo(peers.size());
            }
        }
        assertBalanced();
        for (String status : STATUSES) {
            assertThat(ledger.ended(status)).as(status).isPositive();
        }
        assertThat(ledger.failedFor("outbox_full")).isPositive();
        assertThat(ledger.failures()).isPositive();
    }

    @Test
    void everyAcceptedMessageEndsInADrainUnderEveryFault() throws Exception {
        try (EventReader events = EventReader.open(service.api(), "/events");
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> senders = send(threads, 0, Integer.MAX_VALUE);
            await().until(() -> ledger.failedFor("outbox_full") > 0);
            stopping = true;
            context.stop();
            join(senders);
            ledger.assertAllEnded(counters);
            List<String> closed =
                    events.toEnd().stream().filter(this::record).map(ChaosLedgerIT::peer).toList();
            assertThat(closed)
                    .containsExactlyInAnyOrderElementsOf(
                            peers.stream().map(LedgerPeer::id).toList());
        }
        assertBalanced();
        assertThat(counters.closed(CloseReason.SHUTTING_DOWN)).isPositive();
        assertThat(ledger.failedFor("draining")).isPositive();
    }

    private boolean hasEveryResult() {
        return ledger.failedFor("outbox_full") > 0
                && STATUSES.stream().allMatch(status -> ledger.ended(status) > 0);
    }

    /** Records the event in the ledger; returns whether it says that a peer closed. */
    private boolean record(EventReader.Sse event) {
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
        ledger.assertConsistent(counters);
        for (LedgerPeer peer : peers) {
            if (peer.harmless()) {
                peer.awaitEnd();
            }
        }
        proxy.close();
        long sent = 0;
        for (LedgerPeer peer : peers) {
            peer.awaitEnd();
            PeerSnapshot last = ((Lookup.Closed) registry.find(peer.id())).last().orElseThrow();
            ledger.assertReceived(peer, last.sent().bytes());
            sent += last.sent().bytes();
        }
        assertThat(sent).isLessThanOrEqualTo(counters.get(ListenerMetric.SENT_BYTES));
    }
}
