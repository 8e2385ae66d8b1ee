package io.switchboard.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.peer.Network;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class AdmissionTest {
    private static final Network PROXIES = Network.of("192.0.2.0/24");

    private final InetAddress proxy = InetAddress.ofLiteral("192.0.2.1");
    private final InetAddress loopback = InetAddress.getLoopbackAddress();
    private final InetAddress one = address(1);
    private final InetAddress other = address(2);

    @Test
    void refusesWhenTheListenerIsFull() {
        Admission admission = new Admission(2, 2, PROXIES::contains);
        assertThat(admission.enter(one)).isEmpty();
        assertThat(admission.enter(other)).isEmpty();
        assertThat(admission.enter(address(3)))
                .contains("this listener takes at most 2 connections");
    }

    @Test
    void refusesWhenOneAddressHasItsShare() {
        Admission admission = new Admission(10, 2, PROXIES::contains);
        assertThat(admission.enter(one)).isEmpty();
        assertThat(admission.enter(one)).isEmpty();
        assertThat(admission.enter(one))
                .contains("this listener takes at most 2 connections from one address");
        assertThat(admission.enter(other)).isEmpty();
    }

    @Test
    void loopbackIsExemptFromTheShare() {
        Admission admission = new Admission(3, 1, PROXIES::contains);
        assertThat(admission.enter(loopback)).isEmpty();
        assertThat(admission.enter(loopback)).isEmpty();
        assertThat(admission.enter(loopback)).isEmpty();
        assertThat(admission.enter(loopback)).contains("this listener takes at most 3 connections");
    }

    @Test
    void whoHasNoAddressCountsInTheTotalAlone() {
        Admission admission = new Admission(2, 1, PROXIES::contains);
        assertThat(admission.enter(null)).isEmpty();
        assertThat(admission.enter(null)).isEmpty();
        assertThat(admission.enter(null)).contains("this listener takes at most 2 connections");
        admission.leave(null);
        assertThat(admission.enter(null)).isEmpty();
    }

    @Test
    void whoLeavesMakesRoom() {
        Admission admission = new Admission(1, 1, PROXIES::contains);
        admission.enter(one);
        admission.leave(one);
        assertThat(admission.enter(one)).isEmpty();
        admission.leave(one);
        admission.enter(loopback);
        admission.leave(loopback);
        assertThat(admission.enter(one)).isEmpty();
    }

    @Test
    void whoIsRefusedIsNotCounted() {
        Admission admission = new Admission(3, 1, PROXIES::contains);
        admission.enter(one);
        for (int attempt = 0; attempt < 5; attempt++) {
            assertThat(admission.enter(one)).isPresent();
        }
        assertThat(admission.enter(other)).isEmpty();
        assertThat(admission.enter(loopback)).isEmpty();
        for (int attempt = 0; attempt < 5; attempt++) {
            assertThat(admission.enter(loopback)).isPresent();
        }
        admission.leave(one);
        assertThat(admission.enter(one)).as("the refusals left no trace").isEmpty();
    }

    @Test
    void proxyIsExemptFromTheShareAndCountsInTheTotal() {
        Admission admission = new Admission(3, 1, PROXIES::contains);
        assertThat(admission.enter(proxy)).isEmpty();
        assertThat(admission.enter(proxy)).isEmpty();
        assertThat(admission.enter(proxy)).isEmpty();
        assertThat(admission.enter(proxy)).contains("this listener takes at most 3 connections");
        admission.leave(proxy);
        assertThat(admission.enter(proxy)).isEmpty();
    }

    @Test
    void clientOfAProxyHasTheShareOfItsAddress() {
        Admission admission = new Admission(10, 2, PROXIES::contains);
        admission.enter(proxy);
        assertThat(admission.claim(one)).isEmpty();
        assertThat(admission.enter(one)).as("the second, without a proxy").isEmpty();
        admission.enter(proxy);
        assertThat(admission.claim(one))
                .contains("this listener takes at most 2 connections from one address");
        assertThat(admission.claim(other)).isEmpty();
    }

    @Test
    void clientThatLeavesMakesRoomInItsShareAndInTheTotal() {
        Admission admission = new Admission(1, 1, PROXIES::contains);
        admission.enter(proxy);
        admission.claim(one);
        admission.release(one);
        admission.leave(proxy);
        assertThat(admission.enter(proxy)).isEmpty();
        assertThat(admission.claim(one)).isEmpty();
    }

    @Test
    void clientThatWasRefusedIsNotCounted() {
        Admission admission = new Admission(10, 1, PROXIES::contains);
        admission.claim(one);
        for (int attempt = 0; attempt < 5; attempt++) {
            assertThat(admission.claim(one)).isPresent();
        }
        admission.release(one);
        assertThat(admission.claim(one)).as("the refusals left no trace").isEmpty();
    }

    @Test
    void proxyThatIsAClientHasAShareAndLeavesAloneAsAProxy() {
        Admission admission = new Admission(10, 1, PROXIES::contains);
        assertThat(admission.claim(proxy)).isEmpty();
        admission.enter(proxy);
        admission.leave(proxy);
        assertThat(admission.claim(proxy)).as("its share is still taken").isPresent();
    }

    @Test
    void clientOnLoopbackOrWithoutAnAddressHasNoBoundOfItsOwn() {
        Admission admission = new Admission(10, 1, PROXIES::contains);
        for (int turn = 0; turn < 3; turn++) {
            assertThat(admission.claim(loopback)).isEmpty();
            assertThat(admission.claim(null)).isEmpty();
        }
        admission.release(loopback);
        admission.release(null);
        assertThat(admission.claim(one)).isEmpty();
    }

    /** Race: connections of one address come and go on several threads. */
    @Test
    void neverLetsMoreInThanItMayAndLosesNoPlace() throws Exception {
        Admission admission = new Admission(5, 3, PROXIES::contains);
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        Callable<Boolean> visitor =
                () -> {
                    for (int turn = 0; turn < 20_000; turn++) {
                        if (admission.enter(one).isEmpty()) {
                            most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                            inside.decrementAndGet();
                            admission.leave(one);
                        }
                    }
                    return true;
                };
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Future<Boolean>> visitors = new ArrayList<>();
            for (int thread = 0; thread < 8; thread++) {
                visitors.add(threads.submit(visitor));
            }
            for (Future<Boolean> each : visitors) {
                assertThat(each.get(10, TimeUnit.SECONDS)).isTrue();
            }
        }
        assertThat(most.get()).isBetween(1, 3);
        for (int place = 0; place < 3; place++) {
            assertThat(admission.enter(one)).as("place %d is free again", place).isEmpty();
        }
        assertThat(admission.enter(one)).isPresent();
        assertThat(admission.enter(other)).isEmpty();
        assertThat(admission.enter(other)).isEmpty();
        assertThat(admission.enter(other)).as("the sixth").isPresent();
    }

    private static InetAddress address(int last) {
        try {
            return InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) last});
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }
}
