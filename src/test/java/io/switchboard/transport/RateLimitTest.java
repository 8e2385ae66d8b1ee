package io.switchboard.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.peer.PeerLimits;
import java.net.InetAddress;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class RateLimitTest {
    private static final long SECOND = 1_000_000_000;

    private final long start = System.nanoTime() + SECOND;

    @Test
    void whatASecondAllowsMayBeTakenAtOnce() {
        RateLimit limit = new RateLimit(10);
        for (int taken = 0; taken < 10; taken++) {
            assertThat(limit.take(1, start)).isZero();
        }
        assertThat(limit.take(1, start)).isEqualTo(SECOND / 10);
    }

    @Test
    void allowsTheRateAfterwards() {
        RateLimit limit = new RateLimit(10);
        limit.take(10, start);
        for (int tenth = 1; tenth <= 50; tenth++) {
            long now = start + tenth * SECOND / 10;
            assertThat(limit.nanosLeft(now)).isZero();
            assertThat(limit.take(1, now)).isZero();
            assertThat(limit.take(0, now - 1)).as("just before").isEqualTo(1);
        }
    }

    @Test
    void whatWasTakenBeyondTheRateIsMadeUpFor() {
        RateLimit limit = new RateLimit(10);
        assertThat(limit.take(40, start)).isEqualTo(3 * SECOND);
        assertThat(limit.nanosLeft(start + 2 * SECOND)).isEqualTo(SECOND);
        assertThat(limit.nanosLeft(start + 3 * SECOND)).isZero();
    }

    @Test
    void aLongSilenceAllowsNoMoreThanOneSecondsUnits() {
        RateLimit limit = new RateLimit(10);
        long later = start + 3_600 * SECOND;
        assertThat(limit.take(10, later)).isZero();
        assertThat(limit.take(1, later)).isPositive();
    }

    @Test
    void aPeerWaitsForTheStricterLimit() {
        RateLimit.Received both =
                Objects.requireNonNull(
                        RateLimit.Received.of(new PeerLimits(10, 1_000L, null, null)));
        assertThat(both.take(1, 3_000, start)).as("bytes").isEqualTo(2 * SECOND);
        assertThat(both.take(50, 0, start)).as("messages").isEqualTo(41 * SECOND / 10);
        assertThat(both.nanosLeft(start + 3 * SECOND)).isEqualTo(11 * SECOND / 10);
    }

    @Test
    void withoutLimitsThereIsNothingToCount() {
        assertThat(RateLimit.Received.of(PeerLimits.NONE)).isNull();
        assertThat(RateLimit.of(null)).isNull();
        assertThat(ConnectRates.of(null)).isNull();
    }

    @Test
    void limitsTheConnectsOfEachAddress() {
        ConnectRates rates = Objects.requireNonNull(ConnectRates.of(5));
        InetAddress busy = InetAddress.ofLiteral("192.0.2.1");
        int allowed = 0;
        for (int connect = 0; connect < 1_000; connect++) {
            allowed += rates.allows(busy) ? 1 : 0;
        }
        assertThat(allowed).isBetween(5, 500);
        assertThat(rates.allows(InetAddress.ofLiteral("192.0.2.2"))).isTrue();
    }
}
