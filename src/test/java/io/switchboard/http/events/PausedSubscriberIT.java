package io.switchboard.http.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.TestPropertySource;

/** A subscriber that pauses for less than the write deadline. */
@WithService
@TestPropertySource(
        properties = {"switchboard.events.buffer=1000", "switchboard.events.write-deadline=2m"})
class PausedSubscriberIT {
    private final RunningService service;
    private final Api api;

    PausedSubscriberIT(@Autowired RunningService service) {
        this.service = service;
        this.api = service.api();
    }

    @Test
    void aSubscriberThatReadsAgainReceivesCut() throws Exception {
        try (RawClient slow = RawClient.connectWithTinyBuffer(api.port())) {
            slow.send("GET /events HTTP/1.0\r\n\r\n");
            await().until(() -> api.metric("switchboard_event_subscribers") == 1);
            EventsIT.fillASubscribersSocket(service);
            await().pollDelay(Duration.ofMillis(1_500)).until(() -> true); // more than a second
            String all = slow.readToEnd();
            assertThat(all).contains("\nevent: message\n");
            assertThat(all.substring(all.length() - 200))
                    .containsPattern(
                            "\n\nevent: cut\ndata: \\{\"reason\":\"slow_subscriber\",\"missed\":\\d+}\n\n$");
            await().untilAsserted(
                            () ->
                                    assertThat(api.metric("switchboard_cut_subscribers_total"))
                                            .isEqualTo(1));
        }
    }
}
