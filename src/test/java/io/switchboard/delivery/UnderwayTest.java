package io.switchboard.delivery;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.switchboard.inbound.EventStream;
import io.switchboard.inbound.InboundFixtures;
import io.switchboard.kernel.KernelFixtures;
import io.switchboard.kernel.KernelSockets;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.Elsewhere;
import io.switchboard.peer.FakeLink;
import io.switchboard.peer.Listener;
import io.switchboard.peer.PeerFixtures;
import io.switchboard.peer.PeerRegistry;
import io.switchboard.peer.PeerSession;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What {@link Delivery#begin} begins, and what it leaves alone. */
class UnderwayTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(20);

    private final Listener lines = PeerFixtures.listener("lines", "lf");
    private final PeerRegistry registry = PeerFixtures.registry();
    private final EventStream events = InboundFixtures.events(registry);
    private final KernelSockets kernel = KernelFixtures.sockets();
    private final Delivery delivery =
            new Delivery(
                    registry,
                    PeerFixtures.listeners(lines),
                    new Acks(kernel),
                    InboundFixtures.replies(registry),
                    events);
    private final FakeLink link = new FakeLink();
    private final PeerSession peer = registry.open(lines, link);
    private final Target one = new Target.One(peer.id().toString());

    @AfterEach
    void closeNetlink() {
        kernel.destroy();
    }

    private Send send(List<Target> to, List<Target> exclude, Wait until, Duration timeout) {
        byte[] payload = "hi".getBytes(ISO_8859_1);
        return new Send(to, exclude, payload, null, false, until, timeout, Results.AUTO);
    }

    private Underway begin(Wait until, Duration timeout) {
        return delivery.begin(send(List.of(one), List.of(), until, timeout)).orElseThrow();
    }

    private Outcome outcome(DeliveryReport report) {
        assertThat(report.results()).hasSize(1);
        return report.results().getFirst().outcome();
    }

    @Test
    void isSettledWhenTheKernelTakesAll() throws Exception {
        Underway underway = begin(Wait.WRITTEN, LONG);
        assertThat(underway.settled()).isTrue();
        assertThat(outcome(underway.report())).isEqualTo(new Outcome.Written(3));
        assertThat(link.text()).isEqualTo("hi\n");
    }

    @Test
    void isNotSettledWhileSomethingIsQueued() throws Exception {
        link.kernel(FakeLink.takes(1));
        Underway underway = begin(Wait.WRITTEN, LONG);
        assertThat(underway.settled()).isFalse();
        Elsewhere<DeliveryReport> waiting = Elsewhere.call(underway::report);
        peer.writable();
        assertThat(outcome(waiting.result())).isEqualTo(new Outcome.Written(3));
        assertThat(underway.settled()).isTrue();
        assertThat(link.text()).isEqualTo("hi\n");
    }

    @Test
    void isReportedAsQueuedWhenTimeIsOver() throws Exception {
        link.kernel(FakeLink.FULL);
        assertThat(outcome(begin(Wait.WRITTEN, SHORT).report())).isEqualTo(new Outcome.Queued());
    }

    @Test
    void isSettledAtOnceWhenNobodyWaits() throws Exception {
        link.kernel(FakeLink.FULL);
        Underway underway = begin(Wait.QUEUED, LONG);
        assertThat(underway.settled()).isTrue();
        assertThat(outcome(underway.report())).isEqualTo(new Outcome.Queued());
    }

    @Test
    void isSettledWhenThePeerIsGone() throws Exception {
        link.kernel(FakeLink.FULL);
        Underway underway = begin(Wait.WRITTEN, LONG);
        peer.abort(CloseReason.KICKED, null);
        assertThat(underway.settled()).isTrue();
        assertThat(outcome(underway.report())).isEqualTo(new Outcome.Failed(true, "kicked"));
    }

    @Test
    void isSettledForAPeerThatIsNotThere() throws Exception {
        Send send = send(List.of(new Target.One("nobody")), List.of(), Wait.WRITTEN, LONG);
        Underway underway = delivery.begin(send).orElseThrow();
        assertThat(underway.settled()).isTrue();
        assertThat(outcome(underway.report())).isEqualTo(new Outcome.Failed(false, "unknown"));
    }

    @Test
    void whatCannotBeSentIsRefused() {
        Send bad =
                new Send(
                        List.of(one),
                        List.of(),
                        "a\nb".getBytes(ISO_8859_1),
                        null,
                        false,
                        Wait.WRITTEN,
                        LONG,
                        Results.AUTO);
        assertThatThrownBy(() -> delivery.begin(bad)).isInstanceOf(BadPayload.class);
        assertThat(link.text()).isEmpty();
    }

    @Test
    void whatMayTakeLongerIsNotBegun() {
        PeerSession twin = registry.open(lines, new FakeLink());
        registry.rename(peer, "twin");
        registry.rename(twin, "twin");
        Target all = new Target.All();
        for (Send send :
                List.of(
                        send(List.of(all), List.of(), Wait.WRITTEN, LONG),
                        send(List.of(one, one), List.of(), Wait.WRITTEN, LONG),
                        send(List.of(one), List.of(all), Wait.WRITTEN, LONG),
                        send(List.of(one), List.of(), Wait.ACKED, LONG),
                        send(List.of(one), List.of(), Wait.REPLY, LONG),
                        send(List.of(new Target.One("twin")), List.of(), Wait.WRITTEN, LONG))) {
            assertThat(delivery.begin(send)).as("%s", send).isEmpty();
        }
        assertThat(link.text()).isEmpty();
    }
}
