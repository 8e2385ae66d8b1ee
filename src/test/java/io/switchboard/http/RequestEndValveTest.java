package io.switchboard.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.RawClient;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServer;

class RequestEndValveTest {
    private final AtomicInteger ended = new AtomicInteger();
    private final WebServer server = server(new RequestEndValve(ended::incrementAndGet));

    private static WebServer server(RequestEndValve valve) {
        TomcatServletWebServerFactory factory = new TomcatServletWebServerFactory(0);
        factory.addEngineValves(valve);
        WebServer server = factory.getWebServer();
        server.start();
        return server;
    }

    @AfterEach
    void stop() {
        server.stop();
    }

    @Test
    void callsTheActionOnceForEachRequest() throws Exception {
        assertThat(endedAfter("GET /unknown")).isOne();
    }

    /** Otherwise a client that pipelines such requests would never take turns. */
    @Test
    void callsTheActionForRequestsThatTomcatAnswersItself() throws Exception {
        assertThat(endedAfter("OPTIONS *")).isOne();
    }

    private int endedAfter(String request) throws Exception {
        try (RawClient client = RawClient.connect(server.getPort())) {
            client.send(request + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            client.readToEnd();
        }
        return ended.get();
    }
}
