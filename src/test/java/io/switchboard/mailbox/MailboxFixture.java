package io.switchboard.mailbox;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.switchboard.cluster.Cluster;
import io.switchboard.delivery.DeliveryFixtures;
import io.switchboard.delivery.StoredDelivery;
import io.switchboard.events.EventFixtures;
import io.switchboard.events.EventSink;
import io.switchboard.events.EventStream;
import io.switchboard.kernel.KernelSockets;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.store.Store;
import io.switchboard.store.StoreFixtures;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.springframework.util.unit.DataSize;

/** A mailbox without a service. */
final class MailboxFixture implements AutoCloseable {
    private final Courier courier;
    private final Mailbox mailbox;

    MailboxFixture(Store store, PeerRegistry registry, KernelSockets kernel, EventSink... sinks) {
        Cluster cluster = PeerFixtures.singleNode(registry);
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        EventStream events = EventFixtures.stream(registry, 100, List.of(sinks));
        StoredDelivery delivery = DeliveryFixtures.storedDelivery(kernel);
        Totals totals = new Totals(StoreFixtures.bytes(1_000_000), meters);
        SharedMail shared = new SharedMail(store, cluster, totals);
        MailboxProperties properties =
                new MailboxProperties(10, DataSize.ofMegabytes(1), Duration.ofDays(7), Set.of());
        courier =
                new Courier(
                        store,
                        registry,
                        delivery,
                        events,
                        properties,
                        totals,
                        shared,
                        cluster,
                        meters);
        courier.start();
        mailbox =
                new Mailbox(
                        store,
                        courier,
                        delivery,
                        registry,
                        events,
                        properties,
                        totals,
                        (reach, name) -> reach.includesAll() || name.startsWith("a-"),
                        cluster,
                        shared,
                        new MailNotice(cluster, courier, shared, registry, store),
                        new RemoteListeners(cluster, courier),
                        PeerFixtures.listeners());
    }

    Mailbox mailbox() {
        return mailbox;
    }

    @Override
    public void close() {
        courier.stop();
    }
}
