package io.switchboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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

    /** Its id moves on with events that were not for this subscriber, so that it resumes there. */
    @Test
    void aSubscriberThatHasNothingToHearHearsThatItIsConnected() throws Exception {
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
