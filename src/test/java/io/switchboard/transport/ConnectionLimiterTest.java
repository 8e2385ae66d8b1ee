package io.switchboard.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.net.Network;
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

class ConnectionLimiterTest {
    private static final Network PROXIES = Network.of("192.0.2.0/24");

    private final InetAddress proxy = InetAddress.ofLiteral("192.0.2.1");
    private final InetAddress loopback = InetAddress.getLoopbackAddress();
    private final InetAddress one = address(1);
    private final InetAddress other = address(2);

    @Test
    void refusesWhenTheListenerIsFull() {
        ConnectionLimiter limiter = new ConnectionLimiter(2, 2, null, PROXIES::contains);
        assertThat(limiter.acquire(one)).isEmpty();
        assertThat(limiter.acquire(other)).isEmpty();
        assertThat(limiter.acquire(address(3)))
                .contains("this listener takes at most 2 connections");
    }

    @Test
    void refusesWhenOneAddressHasReachedItsLimit() {
        ConnectionLimiter limiter = new ConnectionLimiter(10, 2, null, PROXIES::contains);
        assertThat(limiter.acquire(one)).isEmpty();
        assertThat(limiter.acquire(one)).isEmpty();
        assertThat(limiter.acquire(one))
                .contains("this listener takes at most 2 connections from one address");
        assertThat(limiter.acquire(other)).isEmpty();
    }

    @Test
    void loopbackHasNoLimitPerAddress() {
        ConnectionLimiter limiter = new ConnectionLimiter(3, 1, null, PROXIES::contains);
        assertThat(limiter.acquire(loopback)).isEmpty();
        assertThat(limiter.acquire(loopback)).isEmpty();
        assertThat(limiter.acquire(loopback)).isEmpty();
        assertThat(limiter.acquire(loopback)).contains("this listener takes at most 3 connections");
    }

    @Test
    void aConnectionWithoutAnAddressCountsOnlyInTheTotal() {
        ConnectionLimiter limiter = new ConnectionLimiter(2, 1, null, PROXIES::contains);
        assertThat(limiter.acquire(null)).isEmpty();
        assertThat(limiter.acquire(null)).isEmpty();
        assertThat(limiter.acquire(null)).contains("this listener takes at most 2 connections");
        limiter.release(null);
        assertThat(limiter.acquire(null)).isEmpty();
    }

    @Test
    void acceptsAgainAfterARelease() {
        ConnectionLimiter limiter = new ConnectionLimiter(1, 1, null, PROXIES::contains);
        limiter.acquire(one);
        limiter.release(one);
        assertThat(limiter.acquire(one)).isEmpty();
        limiter.release(one);
        limiter.acquire(loopback);
        limiter.release(loopback);
        assertThat(limiter.acquire(one)).isEmpty();
    }

    @Test
    void aRefusedConnectionIsNotCounted() {
        ConnectionLimiter limiter = new ConnectionLimiter(3, 1, null, PROXIES::contains);
        limiter.acquire(one);
        for (int attempt = 0; attempt < 5; attempt++) {
            assertThat(limiter.acquire(one)).isPresent();
        }
        assertThat(limiter.acquire(other)).isEmpty();
        assertThat(limiter.acquire(loopback)).isEmpty();
        for (int attempt = 0; attempt < 5; attempt++) {
            assertThat(limiter.acquire(loopback)).isPresent();
        }
        limiter.release(one);
        assertThat(limiter.acquire(one)).as("refusals are not counted").isEmpty();
    }

    @Test
    void aProxyHasNoLimitPerAddressAndCountsInTheTotal() {
        ConnectionLimiter limiter = new ConnectionLimiter(3, 1, null, PROXIES::contains);
        assertThat(limiter.acquire(proxy)).isEmpty();
        assertThat(limiter.acquire(proxy)).isEmpty();
        assertThat(limiter.acquire(proxy)).isEmpty();
        assertThat(limiter.acquire(proxy)).contains("this listener takes at most 3 connections");
        limiter.release(proxy);
        assertThat(limiter.acquire(proxy)).isEmpty();
    }

    @Test
    void theClientOfAProxyCountsForItsAddress() {
        ConnectionLimiter limiter = new ConnectionLimiter(10, 2, null, PROXIES::contains);
        limiter.acquire(proxy);
        assertThat(limiter.acquireClient(one)).isEmpty();
        assertThat(limiter.acquire(one)).as("the second, without a proxy").isEmpty();
        limiter.acquire(proxy);
        assertThat(limiter.acquireClient(one))
                .contains("this listener takes at most 2 connections from one address");
        assertThat(limiter.acquireClient(other)).isEmpty();
    }

    @Test
    void acceptsAgainAfterAClientOfAProxyIsReleased() {
        ConnectionLimiter limiter = new ConnectionLimiter(1, 1, null, PROXIES::contains);
        limiter.acquire(proxy);
        limiter.acquireClient(one);
        limiter.releaseClient(one);
        limiter.release(proxy);
        assertThat(limiter.acquire(proxy)).isEmpty();
        assertThat(limiter.acquireClient(one)).isEmpty();
    }

    @Test
    void aRefusedClientOfAProxyIsNotCounted() {
        ConnectionLimiter limiter = new ConnectionLimiter(10, 1, null, PROXIES::contains);
        limiter.acquireClient(one);
        for (int attempt = 0; attempt < 5; attempt++) {
            assertThat(limiter.acquireClient(one)).isPresent();
        }
        limiter.releaseClient(one);
        assertThat(limiter.acquireClient(one)).as("refusals are not counted").isEmpty();
    }

    @Test
    void aProxyThatIsAlsoAClientIsCountedSeparatelyAsAClient() {
        ConnectionLimiter limiter = new ConnectionLimiter(10, 1, null, PROXIES::contains);
        assertThat(limiter.acquireClient(proxy)).isEmpty();
        limiter.acquire(proxy);
        limiter.release(proxy);
        assertThat(limiter.acquireClient(proxy))
                .as("its limit as a client is still reached")
                .isPresent();
    }

    @Test
    void aClientOnLoopbackOrWithoutAnAddressHasNoLimitPerAddress() {
        ConnectionLimiter limiter = new ConnectionLimiter(10, 1, null, PROXIES::contains);
        for (int turn = 0; turn < 3; turn++) {
            assertThat(limiter.acquireClient(loopback)).isEmpty();
            assertThat(limiter.acquireClient(null)).isEmpty();
        }
        limiter.releaseClient(loopback);
        limiter.releaseClient(null);
        assertThat(limiter.acquireClient(one)).isEmpty();
    }

    /** Race: several threads acquire and release connections of one address. */
    @Test
    void concurrentCallsNeverExceedTheLimitAndLoseNoRelease() throws Exception {
        ConnectionLimiter limiter = new ConnectionLimiter(5, 3, null, PROXIES::contains);
        AtomicInteger open = new AtomicInteger();
        AtomicInteger highest = new AtomicInteger();
        Callable<Boolean> worker =
                () -> {
                    for (int turn = 0; turn < 20_000; turn++) {
                        if (limiter.acquire(one).isEmpty()) {
                            highest.accumulateAndGet(open.incrementAndGet(), Math::max);
                            open.decrementAndGet();
                            limiter.release(one);
                        }
                    }
                    return true;
                };
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Future<Boolean>> workers = new ArrayList<>();
            for (int thread = 0; thread < 8; thread++) {
                workers.add(threads.submit(worker));
            }
            for (Future<Boolean> each : workers) {
                assertThat(each.get(10, TimeUnit.SECONDS)).isTrue();
            }
        }
        assertThat(highest.get()).isBetween(1, 3);
        for (int slot = 0; slot < 3; slot++) {
            assertThat(limiter.acquire(one)).as("slot %d is free again", slot).isEmpty();
        }
        assertThat(limiter.acquire(one)).isPresent();
        assertThat(limiter.acquire(other)).isEmpty();
        assertThat(limiter.acquire(other)).isEmpty();
        assertThat(limiter.acquire(other)).as("the sixth").isPresent();
    }

    private static InetAddress address(int last) {
        try {
            return InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) last});
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }
}
