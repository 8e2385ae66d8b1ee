package io.switchboard.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.RawClient;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServer;

class RequestEndValveTest {
    private final List<String> calls = new CopyOnWriteArrayList<>();
    private final WebServer server =
            server(new RequestEndValve(() -> calls.add("answered"), () -> calls.add("sent")));

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
    void callsEachMethodOnceForEachRequest() throws Exception {
        request("GET /unknown");
        assertCalledOnce();
    }

    /** Otherwise a client that pipelines such requests would never take turns. */
    @Test
    void callsThemForRequestsThatTomcatAnswersItself() throws Exception {
        request("OPTIONS *");
        assertCalledOnce();
    }

    private void request(String request) throws Exception {
        try (RawClient client = RawClient.connect(server.getPort())) {
            client.send(request + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            client.readToEnd();
        }
    }

    private void assertCalledOnce() {
        await().untilAsserted(() -> assertThat(calls).containsExactly("answered", "sent"));
    }
}
