package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A thousand clients of each of two listeners send a byte now and then and never end a frame: all
 * of them end with their listener's frame deadline, and those who do end their frames stay.
 */
@Tag("system")
@Tag("beside")
class DribblersIT {
    private static final int CLIENTS = 1_000;
    private static final int HONEST = 10;
    private static final Duration SHORT = Duration.ofSeconds(5);
    private static final Duration DEFAULT = Duration.ofSeconds(60);
    private static final Duration LATE = Duration.ofSeconds(2);

    /** Long enough for the test's own part, and far from the deadlines. */
    private static final Duration BETWEEN_BYTES = Duration.ofMillis(500);

    @Test
    void allAreGoneAtTheFrameDeadline() throws Exception {
        try (ChildService service =
                        ChildService.start(
                                "switchboard.listeners.hasty.port=0",
                                "switchboard.listeners.hasty.frame-deadline=5s");
                Crowd honest = Crowd.connect(service.port("hasty"), HONEST);
                Crowd hasty = Crowd.connect(service.port("hasty"), CLIENTS);
                Crowd patient = Crowd.connect(service.port(), CLIENTS)) {
            service.api().awaitTotal(HONEST + CLIENTS + CLIENTS);
            long start = System.nanoTime();
            List<Crowd> dribbling = List.of(hasty, patient);
            Duration first = dribbleUntilGone(hasty, dribbling, honest, start, SHORT);
            assertThat(patient.gone()).isEmpty();
            Duration second = dribbleUntilGone(patient, dribbling, honest, start, DEFAULT);
            System.out.printf(
                    "dribblers: 1,000 gone %d ms after their first byte by a deadline of 5 s,"
                            + " 1,000 after %d ms by the default%n",
                    first.toMillis(), second.toMillis());

            assertThat(honest.gone()).isEmpty();
            assertThat(service.api().total()).isEqualTo(HONEST);
            assertThat(closedByDeadline(service, "hasty")).isEqualTo(CLIENTS);
            assertThat(closedByDeadline(service, "default")).isEqualTo(CLIENTS);
        }
    }

    /** Returns how long it took; no less than the deadline, and hardly more. */
    private static Duration dribbleUntilGone(
            Crowd crowd, List<Crowd> dribbling, Crowd honest, long start, Duration deadline) {
        await().pollDelay(Duration.ZERO)
                .pollInterval(BETWEEN_BYTES)
                .atMost(deadline.plus(LATE))
                .until(
                        () -> {
                            dribbling.forEach(each -> each.send("x"));
                            honest.send("a whole line\n");
                            return crowd.staying().isEmpty();
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
