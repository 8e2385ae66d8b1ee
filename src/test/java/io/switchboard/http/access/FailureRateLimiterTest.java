package io.switchboard.http.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class FailureRateLimiterTest {
    private final AtomicLong now = new AtomicLong();
    private final FailureRateLimiter failures = new FailureRateLimiter(now::get);

    @Test
    void refusesTheEleventhFailureWithinAMinute() {
        exhaust("192.0.2.1");
        now.addAndGet(TimeUnit.SECONDS.toNanos(20));
        assertThat(failures.add("192.0.2.1")).isBetween(40, 41);
        assertThat(failures.add("192.0.2.2")).isZero();
    }

    @Test
    void countsFromZeroAfterAMinute() {
        exhaust("192.0.2.1");
        now.addAndGet(TimeUnit.SECONDS.toNanos(61));
        assertThat(failures.add("192.0.2.1")).isZero();
    }

    /** A client that has one address of a /64 can use all of them. */
    @Test
    void countsAllAddressesOfAnIpv6NetworkTogether() {
        exhaust("2001:db8:0:1:0:0:0:1");
        assertThat(failures.add("2001:db8:0:1:0:0:0:2")).isPositive();
        assertThat(failures.add("2001:db8:0:2:0:0:0:1")).isZero();
    }

    @Test
    void remembersABoundedNumberOfNetworks() {
        for (int network = 0; network < 50_000; network++) {
            failures.add("2001:db8:" + Integer.toHexString(network) + ":0:0:0:0:1");
        }
        assertThat(failures.networks()).isLessThanOrEqualTo(10_000);
    }

    private void exhaust(String remote) {
        for (int guess = 0; guess < FailureRateLimiter.LIMIT; guess++) {
            assertThat(failures.add(remote)).isZero();
        }
    }
}
