package io.switchboard.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.Certificate;
import io.switchboard.testkit.FreePort;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RunningService;
import io.switchboard.testkit.WithService;
import java.io.DataInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.json.JsonMapper;

/** The API over TLS ({@code server.ssl.bundle}): HTTP/2, and health without TLS on its own port. */
@WithService
class HttpsIT {
    @TempDir private static Path folder;

    @SuppressWarnings("NullAway.Init") // https() sets it
    private static Certificate certificate;

    private static int healthPort;

    @Autowired private RunningService service;

    @DynamicPropertySource
    static void https(DynamicPropertyRegistry properties) throws Exception {
        certificate = Certificate.make(folder, "api", "CN=localhost", "-ext", "san=ip:127.0.0.1");
        certificate.addBundle("api", properties);
        healthPort = FreePort.find();
        properties.add("server.ssl.bundle", () -> "api");
        properties.add("switchboard.http.health-port", () -> healthPort);
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(
                URI.create("https://127.0.0.1:" + service.api().port() + path));
    }

    private static HttpClient client() throws Exception {
        return HttpClient.newBuilder().sslContext(certificate.trusting(null)).build();
    }

    @Test
    void servesHttp2() throws Exception {
        try (HttpClient client = client();
                RawClient peer = RawClient.connect(service.port())) {
            HttpResponse<String> list =
                    client.send(request("/peers").build(), BodyHandlers.ofString());
            assertThat(list.version()).isEqualTo(HttpClient.Version.HTTP_2);
            assertThat(list.statusCode()).isEqualTo(200);
            HttpRequest send =
                    request("/send?to=all&wait=acked")
                            .POST(BodyPublishers.ofString("hello"))
                            .build();
            await().until(
                            () -> client.send(send, BodyHandlers.ofString()).body(),
                            body -> body.contains("\"acked\":1"));
            assertThat(peer.readLine()).isEqualTo("hello");
        }
    }

    /**
     * Each stream of a connection is a request of its own, and one that waits holds up no other.
     */
    @Test
    void waitsForManyRepliesOverOneConnection() throws Exception {
        try (HttpClient client = client();
                RawClient peer = RawClient.connect(service.port())) {
            String id =
                    await().until(
                                    () ->
                                            JsonMapper.shared()
                                                    .readTree(
                                                            client.send(
                                                                            request(
                                                                                            "/peers?q=:"
                                                                                                    + peer
                                                                                                            .port())
                                                                                    .build(),
                                                                            BodyHandlers.ofString())
                                                                    .body())
                                                    .at("/peers/0/id")
                                                    .asString(""),
                                    found -> !found.isEmpty());
            List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                answers.add(
                        client.sendAsync(
                                request("/send?wait=reply&timeout=60s&to=" + id)
                                        .POST(BodyPublishers.ofString("question"))
                                        .build(),
                                BodyHandlers.ofString()));
            }
            for (int i = 0; i < answers.size(); i++) {
                assertThat(peer.readLine()).isEqualTo("question");
                peer.send("answer " + i + "\n");
            }
            for (CompletableFuture<HttpResponse<String>> each : answers) {
                HttpResponse<String> answer = each.get();
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
                assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
                assertThat(answer.body()).contains("\"replied\":1");
            }
        }
    }

    /** What a connection may hold in memory is bounded by it: RFC 9113, section 6.5.2. */
    @Test
    void aConnectionHasAtMost20StreamsAtATime() throws Exception {
        SSLSocketFactory sockets = certificate.trusting(null).getSocketFactory();
        try (SSLSocket socket =
                (SSLSocket) sockets.createSocket("127.0.0.1", service.api().port())) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {"h2"});
            socket.setSSLParameters(parameters);
            byte[] emptySettings = {0, 0, 0, 4, 0, 0, 0, 0, 0};
            socket.getOutputStream().write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII));
            socket.getOutputStream().write(emptySettings);
            DataInputStream in = new DataInputStream(socket.getInputStream());
            int length = in.readUnsignedShort() << 8 | in.readUnsignedByte();
            assertThat(in.readByte()).as("SETTINGS").isEqualTo((byte) 4);
            in.skipNBytes(5);
            Map<Integer, Integer> settings = new HashMap<>();
            for (int at = 0; at < length; at += 6) {
                settings.put(in.readUnsignedShort(), in.readInt());
            }
            assertThat(settings).as("MAX_CONCURRENT_STREAMS").containsEntry(3, 20);
        }
    }

    @Test
    void refusesABodyThatIsTooLarge() throws Exception {
        try (HttpClient client = client()) {
            HttpRequest send =
                    request("/send?to=all")
                            .POST(BodyPublishers.ofByteArray(new byte[2 << 20]))
                            .build();
            HttpResponse<String> answer = client.send(send, BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(413);
        }
    }

    @Test
    void answersHealthWithoutTlsOnItsOwnPort() {
        Api.Answer health = new Api(healthPort).get("/actuator/health/readiness");
        assertThat(health.status()).as(health.body()).isEqualTo(200);
    }
}
