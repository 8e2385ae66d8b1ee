package io.switchboard.http.events;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.ChildService;
import io.switchboard.testkit.EventReader;
import io.switchboard.testkit.RawClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** SIGTERM during event streams: no subscriber, whether it reads or not, delays the stop. */
class EventsStopIT {
    private static final int TERMINATED = 128 + 15;
    private static final int READERS = 50;

    /**
     * 9 MB: more than the kernel's buffers take for the subscriber that does not read, and less
     * than the service keeps of events, so that a slow reader on a busy machine gets no gap.
     */
    private static final int LINES = 150;

    @Test
    void subscribersReceiveTheLastEventsAndTheServiceStopsInTime() throws Exception {
        try (ChildService service =
                        ChildService.start(
                                "switchboard.drain.delay=0s",
                                "switchboard.drain.spread=0s",
                                "switchboard.events.write-deadline=2m");
                RawClient stalled = RawClient.connectWithTinyBuffer(service.api().port());
                RawClient peer = service.connect()) {
            service.api().idOf(peer);
            List<EventReader> readers = new ArrayList<>();
            for (int i = 0; i < READERS; i++) {
                readers.add(EventReader.open(service.api(), "/events?type=closed"));
            }
            stalled.send("GET /events HTTP/1.0\r\n\r\n");
            await().until(
                            () ->
                                    service.api().metric("switchboard_event_subscribers")
                                            == READERS + 1);
            peer.send(("x".repeat(60_000) + "\n").repeat(LINES).getBytes(UTF_8));
            await().until(
                            () ->
                                    service.api().metric("switchboard_published_events_total")
                                            == LINES + 1);

            long start = System.nanoTime();
            service.process().terminate();
            for (EventReader reader : readers) {
                List<EventReader.Sse> rest = reader.toEnd();
                assertThat(rest).hasSize(1);
                assertThat(rest.getFirst().json().get("reason").asString())
                        .isEqualTo("shutting_down");
                assertThat(reader.comments()).endsWith("the service is stopping");
            }
            assertThat(service.process().awaitExit()).isEqualTo(TERMINATED);
            // before the write deadline of the subscriber that does not read, and before Spring
            // gives up waiting for its request
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isLessThan(Duration.ofSeconds(20));
            assertThat(service.logged(" ERROR ")).isEmpty();
            assertThat(service.logged(" WARN "))
                    .allMatch(line -> line.contains("no admin token is set"));
        }
    }
}
