package io.switchboard.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.catalina.connector.Connector;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.tomcat.TomcatWebServer;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;

/** Requests that arrive in the moment in which HTTP stops. */
@WithService
class RequestsWhileStoppingIT {
    private static final Logger log = LoggerFactory.getLogger(RequestsWhileStoppingIT.class);
    private static final int CLIENTS = 8;
    private static final String REQUEST =
            "HEAD /actuator/health/liveness HTTP/1.1\r\nHost: localhost\r\n\r\n";

    private final RunningService service;
    private final ServletWebServerApplicationContext context;
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final Set<String> statusLines = new ConcurrentSkipListSet<>();

    RequestsWhileStoppingIT(
            @Autowired RunningService service,
            @Autowired ServletWebServerApplicationContext context) {
        this.service = service;
        this.context = context;
    }

    /**
     * Tomcat is paused again and again while clients send valid requests, until it has been paused
     * between the request line and the headers of one.
     */
    @Test
    void aValidRequestIsNotAnsweredAsMalformed() {
        TomcatWebServer server = (TomcatWebServer) Objects.requireNonNull(context.getWebServer());
        Connector connector = server.getTomcat().getConnector();
        AvailabilityChangeEvent.publish(context, ReadinessState.REFUSING_TRAFFIC);
        try {
            for (int client = 0; client < CLIENTS; client++) {
                Thread.ofPlatform().daemon().start(this::sendRequests);
            }
            await().pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(3))
                    .until(
                            () -> {
                                connector.pause();
                                connector.resume();
                                return statusLines.contains("HTTP/1.1 503");
                            });
        } finally {
            stopped.set(true);
            AvailabilityChangeEvent.publish(context, ReadinessState.ACCEPTING_TRAFFIC);
        }
        assertThat(statusLines).isSubsetOf("HTTP/1.1 200", "HTTP/1.1 503");
    }

    private void sendRequests() {
        while (!stopped.get()) {
            try (RawClient client = RawClient.connect(service.api().port())) {
                while (!stopped.get()) {
                    client.send(REQUEST);
                    statusLines.add(client.readLine().strip());
                    String line;
                    do {
                        line = client.readLine().strip();
                    } while (!line.isEmpty());
                }
            } catch (IOException e) {
                log.trace("the server closed the connection", e);
            }
        }
    }
}
