package io.switchboard.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.RawClient;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServer;

import java.util.concurrent.atomic.AtomicInteger;

class RequestEndValveTest {
    private static final int MIB = 1024 * 1024;

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

    /** Tomcat would read it without turns. */
    @Test
    void readsTheRestOfARefusedBodyInTurns() throws Exception {
        try (RawClient client = RawClient.connect(server.getPort())) {
            try (HeldTurns _ = new HeldTurns()) {
                client.send(head(Body.LIMIT) + "x".repeat(Body.LIMIT));
                assertThat(client.readLine()).isEqualTo("HTTP/1.1 404 \r");
                HeldTurns.awaitWaiting(UnreadBody.class);
            }
            client.send("GET /next HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            assertThat(client.readToEnd()).contains("HTTP/1.1 404 \r");
        }
    }

    @Test
    void closesTheConnectionIfMuchOfARefusedBodyIsLeft() throws Exception {
        try (RawClient client = RawClient.connect(server.getPort())) {
            client.send(head(UnreadBody.MAX_BYTES + 1) + "x".repeat(100_000));
            assertThat(client.readLine()).isEqualTo("HTTP/1.1 404 \r");
            client.readToEnd();
        }
    }

    @Test
    void closesTheConnectionIfARefusedBodyHasNoEnd() throws Exception {
        try (RawClient client = RawClient.connect(server.getPort())) {
            client.send(head(1).replace("Content-Length: 1", "Transfer-Encoding: chunked"));
            client.send("%x\r\n%s\r\n".formatted(MIB, "x".repeat(MIB)).repeat(2) + "1000000\r\n");
            client.send("x".repeat(10_000));
            client.readToEnd();
        }
    }

    /** Such a client may not send the body after a refusal. */
    @Test
    void doesNotWaitForABodyThatTheClientHasNotBegun() throws Exception {
        try (RawClient client = RawClient.connect(server.getPort())) {
            client.send(head(Body.LIMIT).replace("Host:", "Expect: 100-continue\r\nHost:"));
            assertThat(client.readToEnd()).startsWith("HTTP/1.1 404 \r").doesNotContain(" 100 ");
        }
    }

    private static String head(long length) {
        return "POST /unknown HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                + length
                + "\r\n\r\n";
    }

    private int endedAfter(String request) throws Exception {
        try (RawClient client = RawClient.connect(server.getPort())) {
            client.send(request + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            client.readToEnd();
        }
        return ended.get();
    }
}
