package io.switchboard.transport.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.ChildService;
import io.switchboard.testkit.Crowd;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * On each of two listeners, a thousand clients send single bytes and never end a frame. The frame
 * deadline of the listener closes all of them; clients that end their frames stay connected.
 */
@Tag("system")
@Tag("beside")
class DribblersIT {
    private static final int CLIENTS = 1_000;
    private static final int COMPLETE = 10;
    private static final Duration SHORT = Duration.ofSeconds(5);
    private static final Duration DEFAULT = Duration.ofSeconds(60);
    private static final Duration LATE = Duration.ofSeconds(15);

    /** Long enough for the test to send all bytes, and much shorter than the deadlines. */
    private static final Duration BETWEEN_BYTES = Duration.ofMillis(500);

    @Test
    void closesClientsThatNeverEndAFrameAtTheFrameDeadline() throws Exception {
        try (ChildService service =
                        ChildService.start(
                                "switchboard.listeners.hasty.port=0",
                                "switchboard.listeners.hasty.frame-deadline=5s");
                Crowd complete = Crowd.connect(service.port("hasty"), COMPLETE);
                Crowd hasty = Crowd.connect(service.port("hasty"), CLIENTS);
                Crowd patient = Crowd.connect(service.port(), CLIENTS)) {
            service.api().awaitTotal(COMPLETE + CLIENTS + CLIENTS);
            long start = System.nanoTime();
            List<Crowd> dribbling = List.of(hasty, patient);
            Duration first = dribbleUntilGone(hasty, dribbling, complete, start, SHORT);
            assertThat(patient.disconnected()).isEmpty();
            Duration second = dribbleUntilGone(patient, dribbling, complete, start, DEFAULT);
            System.out.printf(
                    "dribblers: 1,000 gone %d ms after their first byte by a deadline of 5 s,"
                            + " 1,000 after %d ms by the default%n",
                    first.toMillis(), second.toMillis());

            assertThat(complete.disconnected()).isEmpty();
            assertThat(service.api().total()).isEqualTo(COMPLETE);
            assertThat(closedByDeadline(service, "hasty")).isEqualTo(CLIENTS);
            assertThat(closedByDeadline(service, "default")).isEqualTo(CLIENTS);
        }
    }

    /** Returns the time until the last close: the deadline, and a little more. */
    private static Duration dribbleUntilGone(
            Crowd crowd, List<Crowd> dribbling, Crowd complete, long start, Duration deadline) {
        await().pollDelay(Duration.ZERO)
                .pollInterval(BETWEEN_BYTES)
                .atMost(deadline.plus(LATE))
                .until(
                        () -> {
                            dribbling.forEach(each -> each.send("x"));
                            complete.send("a whole line\n");
                            return crowd.connected().isEmpty();
                        });
        Duration last =
                since(
                        start,
                        crowd.members().stream()
                                .mapToLong(Crowd.Member::lastRead)
                                .max()
                                .orElseThrow());
        assertThat(last).isBetween(deadline, deadline.plus(LATE));
        String line =
                "error frame_deadline: a frame was not finished within "
                        + deadline.toSeconds()
                        + "s\n";
        assertThat(crowd.members()).allMatch(member -> member.hasRead(line));
        return last;
    }

    private static Duration since(long start, long end) {
        return Duration.ofNanos(end - start);
    }

    private static int closedByDeadline(ChildService service, String listener) {
        return (int)
                service.api()
                        .metric(
                                "switchboard_closed_frame_deadline_connections_total{listener=\"%s\"}"
                                        .formatted(listener));
    }
}
