package io.switchboard.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.TestPropertySource;

/** A body must arrive within a time, however regularly its bytes arrive. */
@WithService
@TestPropertySource(properties = "switchboard.http.body-deadline=2s")
class BodyDeadlineIT {
    @Autowired private RunningService service;

    @Test
    void aBodyThatArrivesTooSlowlyIsRefused() throws Exception {
        try (RawClient slow = RawClient.connect(service.api().port());
                ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor()) {
            slow.send(
                    "POST /send?to=all HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000\r\n\r\nx");
            Future<?> sender =
                    clock.scheduleAtFixedRate(
                            () -> sendByte(slow), 100, 100, TimeUnit.MILLISECONDS);
            assertThat(slow.readLine()).isEqualTo("HTTP/1.1 408 \r");
            sender.cancel(false);
        }
    }

    private static void sendByte(RawClient client) {
        try {
            client.send("x");
        } catch (IOException e) {
            // the service has closed the connection
        }
    }
}
