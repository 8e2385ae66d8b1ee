package io.switchboard.mailbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.delivery.DeliveryFixtures;
import io.switchboard.delivery.Send;
import io.switchboard.delivery.StoredDelivery;
import io.switchboard.delivery.StoredDelivery.Stage;
import io.switchboard.kernel.KernelSockets;
import io.switchboard.mailbox.MessageRows.Claimed;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Transport;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class UnderwayTest {
    private static final long HOUR = TimeUnit.HOURS.toNanos(1);

    private final KernelSockets kernel = new KernelSockets();
    private final StoredDelivery stored = DeliveryFixtures.storedDelivery(kernel);
    private final Underway underway = new Underway(stored);
    private final PeerRegistry registry = PeerFixtures.registry();

    @AfterEach
    void close() {
        kernel.destroy();
    }

    private Delivery begin(String name, FakeLink link, long ttl) {
        PeerSession session = registry.open(PeerFixtures.listener("default", Transport.UNIX), link);
        Send send = DeliveryFixtures.send(name, null);
        long expires = System.nanoTime() + ttl;
        Delivery delivery =
                new Delivery(new Claimed("id-" + name, name, send, 5, 0, 1, ""), expires);
        delivery.add(stored.offer("m1", send, session, expires, () -> underway.changed(delivery)));
        underway.add(delivery);
        return delivery;
    }

    /** Ten thousand peers that do not read cost nothing while one of them changes. */
    @Test
    void looksAtWhatHasChangedOnly() {
        FakeLink reads = new FakeLink(FakeLink.FULL);
        Delivery one = begin("one", reads, HOUR);
        List<Delivery> others = new ArrayList<>();
        for (int number = 0; number < 100; number++) {
            others.add(begin("other-" + number, new FakeLink(FakeLink.FULL), HOUR));
        }
        assertThat(underway.look()).hasSize(101);
        assertThat(underway.look()).isEmpty();
        assertThat(underway.untilNext()).isGreaterThan(HOUR / 2);

        reads.kernel(FakeLink.TAKES_ALL);
        one.attempts().getFirst().session().writable();
        assertThat(underway.untilNext()).isZero();
        assertThat(underway.look()).containsExactly(one);
        assertThat(one.outcome()).isEqualTo(Stage.ACKED);
        assertThat(underway.decided(10)).containsExactly(one);
        underway.remove(one);
        assertThat(underway.decided(10)).isEmpty();
        assertThat(underway.has("one")).isFalse();
        assertThat(others).extracting(Delivery::outcome).containsOnlyNulls();
    }

    @Test
    void looksAgainAtTheDeadlineOfWhatWaits() {
        Delivery brief = begin("brief", new FakeLink(FakeLink.FULL), 1_000_000);
        var _ = begin("lasting", new FakeLink(FakeLink.FULL), HOUR);
        await().until(
                        () -> {
                            Set<Delivery> looked = underway.look();
                            return looked.contains(brief) && brief.outcome() != null;
                        });
        assertThat(brief.outcome()).isEqualTo(Stage.EXPIRED);
    }

    @Test
    void aRenewedClaimExtendsTheTimeOfWhatWaits() {
        Delivery renewed = begin("renewed", new FakeLink(FakeLink.FULL), HOUR);
        renewed.extend(System.nanoTime() + 1_000);
        renewed.extend(System.nanoTime() + HOUR / 4);
        assertThat(underway.look()).containsExactly(renewed);
        assertThat(renewed.outcome()).isNull();
        assertThat(underway.untilNext()).isGreaterThan(HOUR / 8);
    }
}
