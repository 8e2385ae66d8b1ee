package io.switchboard.peer;

import static io.switchboard.peer.PeerFixtures.listener;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.switchboard.peer.ListenerCounters.ListenerMetric;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ListenersTest {
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Listeners listeners = new Listeners(meters);

    @Test
    void findsThemByName() {
        Listener second = listener("second");
        Listener first = listener("first");
        listeners.add(second);
        listeners.add(first);
        assertThat(listeners.all()).containsExactly(first, second);
        assertThat(listeners.find("second")).contains(second);
        assertThat(listeners.find("third")).isEmpty();
    }

    /** Tags must have few values. A tag with the peer's id would create a series per connection. */
    @Test
    void everyMeterHasTheListenerAsATag() {
        listeners.add(listener("default"));
        listeners.add(listener("other"));
        int perListener = 2 + ListenerMetric.values().length + 2 * CloseReason.values().length;
        assertThat(meters.getMeters())
                // the histogram has its buckets as meters in this registry
                .filteredOn(meter -> !meter.getId().getName().startsWith("switchboard.reply"))
                .hasSize(2 * perListener)
                .allSatisfy(
                        meter -> {
                            Meter.Id id = meter.getId();
                            assertThat(id.getTags())
                                    .extracting(Tag::getKey)
                                    .isSubsetOf("listener", "reason");
                            assertThat(id.getTag("listener")).isIn("default", "other");
                            assertThat(id.getName()).startsWith("switchboard.");
                            assertThat(id.getDescription()).isNotBlank();
                            assertThat(id.getBaseUnit())
                                    .isIn(
                                            "peers",
                                            "connections",
                                            "handshakes",
                                            "errors",
                                            "messages",
                                            "datagrams",
                                            "reads",
                                            "frames",
                                            "bytes");
                        });
    }

    @Test
    void metersReportTheCountersOfTheListener() {
        Listener listener = listener("default");
        listeners.add(listener);
        listener.counters().opened();
        listener.counters().opened();
        listener.counters().closed(CloseReason.SLOW_CONSUMER, false);
        long amount = 10;
        for (ListenerMetric count : ListenerMetric.values()) {
            listener.counters().add(count, amount++);
        }
        assertThat(meters.get("switchboard.peers").gauge().value()).isEqualTo(1);
        assertThat(counter("switchboard.closed.slow_consumer.connections")).isEqualTo(1);
        assertThat(counter("switchboard.closed.reset.connections")).isZero();
        assertThat(counter("switchboard.accepted.connections")).isEqualTo(12);
        for (ListenerMetric count : ListenerMetric.values()) {
            assertThat(counter(count.meter()))
                    .as(count.meter())
                    .isEqualTo((double) listener.counters().get(count));
        }
    }

    @Test
    void everyCloseReasonHasItsOwnCodeAndMeter() {
        listeners.add(listener("default"));
        for (CloseReason reason : CloseReason.values()) {
            assertThat(reason.word()).matches("[a-z_]+");
            assertThat(
                            meters.find("switchboard.closed." + reason.word() + ".connections")
                                    .functionCounter())
                    .isNotNull();
            assertThat(
                            meters.find("switchboard.closed.connections")
                                    .tag("reason", reason.word())
                                    .functionCounter())
                    .isNotNull();
        }
    }

    @Test
    void countsTheTimesOfReplies() {
        Listener listener = listener("default");
        listeners.add(listener);
        listener.counters().replied(2_000_000);
        assertThat(meters.get("switchboard.reply").timer().count()).isEqualTo(1);
        assertThat(counter("switchboard.answered.messages")).isEqualTo(1);
    }

    /** The kernel may already accept connections there, and nobody knows yet at which port. */
    @Test
    void aListenerThatIsBeingBoundToPort0MayHaveAnyPort() {
        InetAddress host = InetAddress.getLoopbackAddress();
        listeners.add(PeerFixtures.listener("tcp", Transport.TCP, new InetSocketAddress(host, 0)));
        assertThat(listeners.listensAt(new InetSocketAddress(host, 9_000), false)).isTrue();
        InetAddress other = InetAddress.ofLiteral("127.0.0.2");
        assertThat(listeners.listensAt(new InetSocketAddress(other, 9_000), false)).isFalse();
    }

    /** A connection to the service itself would make a peer that nobody has decided on. */
    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, 127.0.0.1, 9000, true",
        "127.0.0.1, 127.0.0.1, 9001, false",
        "127.0.0.1, 127.0.0.2, 9000, false",
        "127.0.0.1, 0.0.0.0, 9000, true",
        "127.0.0.1, 192.0.2.1, 9000, false",
        "192.0.2.1, 0.0.0.0, 9000, true",
        "192.0.2.1, 0.0.0.0, 9001, false",
        "2001:db8::1, ::, 9000, true",
        "0.0.0.0, 127.9.9.9, 9000, true",
        "0.0.0.0, 0.0.0.0, 9000, true",
        "0.0.0.0, 192.0.2.1, 9000, false",
        "::, ::1, 9000, true",
        "::, 127.0.0.1, 9000, true"
    })
    void findsTheAddressesOfThisNode(String bound, String to, int port, boolean own) {
        listeners.add(
                PeerFixtures.listener("tcp", Transport.TCP, new InetSocketAddress(bound, 9_000)));
        assertThat(listeners.listensAt(new InetSocketAddress(to, port), false)).isEqualTo(own);
        assertThat(listeners.listensAt(new InetSocketAddress(to, port), true)).isFalse();
        listeners.add(
                PeerFixtures.listener("udp", Transport.UDP, new InetSocketAddress(bound, 9_000)));
        assertThat(listeners.listensAt(new InetSocketAddress(to, port), true)).isEqualTo(own);
    }

    /**
     * The system ignores the zone of an address that is not link-local. The addresses are those of
     * this machine, because only they are recognized as its own; the loopback address is always so.
     */
    @Test
    void findsTheAddressesOfThisNodeWithAnyZone() throws IOException {
        listeners.add(
                PeerFixtures.listener("tcp", Transport.TCP, new InetSocketAddress("::", 9_000)));
        for (InetAddress each : ownAddresses()) {
            for (int zone : List.of(0, 1, 1_000_000)) {
                InetAddress to = Inet6Address.getByAddress(null, each.getAddress(), zone);
                assertThat(listeners.listensAt(new InetSocketAddress(to, 9_000), false))
                        .as(to.toString())
                        .isTrue();
                assertThat(listeners.listensAt(new InetSocketAddress(to, 9_001), false)).isFalse();
            }
        }
    }

    private static List<InetAddress> ownAddresses() throws IOException {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(Inet6Address.class::isInstance)
                .toList();
    }

    @Test
    void aMulticastDatagramArrivesAtAListenerWithItsPort() {
        listeners.add(listener("not-bound"));
        listeners.add(
                PeerFixtures.listener(
                        "udp", Transport.UDP, new InetSocketAddress("0.0.0.0", 9_000)));
        assertThat(listeners.listensAt(new InetSocketAddress("239.1.2.3", 9_000), true)).isTrue();
        assertThat(listeners.listensAt(new InetSocketAddress("239.1.2.3", 9_001), true)).isFalse();
    }

    private double counter(String name) {
        return meters.get(name).functionCounter().count();
    }
}
