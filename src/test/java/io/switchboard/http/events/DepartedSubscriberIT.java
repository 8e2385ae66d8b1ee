package io.switchboard.http.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.MeterRegistry;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.util.Objects;
import org.apache.coyote.AbstractProtocol;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.tomcat.TomcatWebServer;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;

/** A subscriber that closes its connection while no event is published. */
@WithService
class DepartedSubscriberIT {
    private final RunningService service;
    private final MeterRegistry meters;
    private final AbstractProtocol<?> http;

    DepartedSubscriberIT(
            @Autowired RunningService service,
            @Autowired MeterRegistry meters,
            @Autowired ServletWebServerApplicationContext context) {
        this.service = service;
        this.meters = meters;
        TomcatWebServer server = (TomcatWebServer) Objects.requireNonNull(context.getWebServer());
        this.http = (AbstractProtocol<?>) server.getTomcat().getConnector().getProtocolHandler();
    }

    @Test
    void freesItsPlaceAndItsConnection() throws Exception {
        long before = http.getConnectionCount();
        try (RawClient subscriber = RawClient.connect(service.api().port())) {
            subscribe(subscriber);
            assertThat(subscriptions()).isPositive();
            // the acceptor counts a connection only when it goes on to accept the next one
            await().untilAsserted(
                            () -> assertThat(http.getConnectionCount()).isGreaterThan(before));
        }
        await().untilAsserted(
                        () -> {
                            assertThat(subscriptions()).isZero();
                            assertThat(http.getConnectionCount()).isLessThanOrEqualTo(before);
                        });
    }

    /** Reads all that arrives, so that closing sends FIN: with unread data it would send RST. */
    private static void subscribe(RawClient client) throws IOException {
        client.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
        String line;
        do {
            line = client.readLine();
        } while (!line.startsWith("id: "));
        client.readLine(); // the empty line at the end of the first frame
        client.readLine(); // the end of the chunk
    }

    private double subscriptions() {
        return meters.get("switchboard.event.subscribers").gauge().value();
    }
}
