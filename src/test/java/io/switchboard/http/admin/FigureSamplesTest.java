package io.switchboard.http.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.switchboard.http.admin.FigureSamples.Sample;
import io.switchboard.peer.Listener;
import io.switchboard.peer.ListenerCounters.ListenerMetric;
import io.switchboard.peer.PeerFixtures;
import org.junit.jupiter.api.Test;
import org.springframework.scheduling.support.NoOpTaskScheduler;

class FigureSamplesTest {
    private final Listener one = PeerFixtures.listener("one");
    private final Listener two = PeerFixtures.listener("two");
    private final FigureSamples samples =
            new FigureSamples(PeerFixtures.listeners(one, two), new NoOpTaskScheduler());

    @Test
    void keepsTheSamplesOfTenMinutes() {
        assertThat(FigureSamples.INTERVAL.multipliedBy(FigureSamples.MAX_SAMPLES)).hasMinutes(10);
        for (int at = 0; at < FigureSamples.MAX_SAMPLES + 3; at++) {
            samples.take();
        }
        assertThat(samples.after(0)).hasSize(FigureSamples.MAX_SAMPLES);
        assertThat(samples.after(0).getFirst().seq()).isEqualTo(4);
        assertThat(samples.after(FigureSamples.MAX_SAMPLES + 2)).hasSize(1);
        assertThat(samples.after(FigureSamples.MAX_SAMPLES + 3)).isEmpty();
    }

    @Test
    void addsTheCountersOfAllListeners() {
        samples.take();
        one.counters().add(ListenerMetric.ACCEPTED, 2);
        two.counters().add(ListenerMetric.ACCEPTED, 3);
        one.counters().add(ListenerMetric.REFUSED_CONNECTIONS, 4);
        two.counters().add(ListenerMetric.FAILED_HANDSHAKES, 5);
        two.counters().add(ListenerMetric.SENT_BYTES, 6);
        Sample now = samples.now();
        assertThat(now.seq()).isZero();
        assertThat(now.accepted()).isEqualTo(5);
        assertThat(now.refused())
                .containsExactly(
                        entry("accept_error", 0L), entry("handshake", 5L), entry("limit", 4L));
        assertThat(now.closed()).isEmpty();
        assertThat(now.sentBytes()).isEqualTo(6);
        assertThat(samples.after(0).getFirst().accepted()).isZero();
    }
}
