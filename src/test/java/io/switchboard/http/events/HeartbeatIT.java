package io.switchboard.http.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.EventReader;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.TestPropertySource;

@WithService
@TestPropertySource(properties = "switchboard.events.heartbeat=100ms")
class HeartbeatIT {
    private final RunningService service;

    HeartbeatIT(@Autowired RunningService service) {
        this.service = service;
    }

    /** The id of a heartbeat also passes events that the subscriber's filter does not select. */
    @Test
    void anIdleSubscriberReceivesHeartbeats() throws Exception {
        try (EventReader reader = EventReader.open(service.api(), "/events?type=send-failed")) {
            await().until(() -> reader.comments().contains("heartbeat"));
            String before = reader.lastId();
            try (RawClient client = service.connect()) {
                service.api().idOf(client);
                await().until(() -> Long.parseLong(reader.lastId()) > Long.parseLong(before));
            }
            assertThat(reader.comments()).containsOnly("connected", "heartbeat");
        }
    }
}
