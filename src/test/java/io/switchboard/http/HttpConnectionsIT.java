package io.switchboard.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Child;
import io.switchboard.testkit.ChildService;
import io.switchboard.testkit.FreePort;
import io.switchboard.testkit.Programs;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RawHttp;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What connections to the HTTP port cost, how many there may be, and health beside them. */
class HttpConnectionsIT {

    private final List<SocketChannel> clients = new ArrayList<>();

    @AfterEach
    void close() throws IOException {
        for (SocketChannel client : clients) {
            client.close();
        }
    }

    @Test
    void aConnectionThatHasSentOneByteCostsAtMost16KB() throws Exception {
        int count = 500;
        try (ChildService service =
                ChildService.startWithOptions(
                        "-Xmx512m -XX:+UseSerialGC", "server.tomcat.connection-timeout=120s")) {
            long each = costOfEach(service, count, "G", () -> processors(service));
            assertThat(each).isLessThanOrEqualTo(HttpConnector.CONNECTION_BYTES);
        }
    }

    /** The operations page names this size, so that an operator can size the heap. */
    @Test
    void aRequestThatWaitsForAReplyCostsAtMost88KB() throws Exception {
        int count = 300;
        String request =
                "POST /send?to=all&wait=reply&timeout=2m HTTP/1.1\r\nHost: localhost\r\n"
                        + "Content-Length: 8\r\n\r\nquestion";
        try (ChildService service = ChildService.startWithOptions("-Xmx512m -XX:+UseSerialGC");
                RawClient peer = service.connect()) {
            await().until(() -> service.api().get("/peers").json().get("peers").size() == 1);
            String waiting = "io.switchboard.receive.Caller";
            long each = costOfEach(service, count, request, () -> instances(service, waiting));
            assertThat(each).isLessThanOrEqualTo(88 * 1024);
            assertThat(peer.readLine()).isEqualTo("question");
        }
    }

    @Test
    void healthIsAnsweredOnItsOwnPortWhileAllConnectionsAreTaken() throws Exception {
        Programs.require("bash", "bash");
        int health = FreePort.find();
        try (ChildService service =
                ChildService.startWithOpenFiles(300, "switchboard.http.health-port=" + health)) {
            int http = service.api().port();
            JsonNode files = service.api().get("/listeners").json().get("openFiles");
            assertThat(files.get("limit").asInt()).isEqualTo(300);
            assertThat(files.get("http").asInt()).isEqualTo(15);
            crowd(http, 400);

            RawHttp probe = new RawHttp(health);
            for (int i = 0; i < 50; i++) {
                RawHttp.Answer answer = probe.ask("GET", "/actuator/health/readiness");
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.body()).contains("\"status\":\"UP\"");
            }
            assertThat(probe.ask("GET", "/actuator/health").status()).isEqualTo(200);
            assertThat(probe.ask("GET", "/peers").status()).isEqualTo(404);
            assertThat(probe.ask("GET", "/actuator/healthy").status()).isEqualTo(404);
            try (RawClient peer = service.connect()) {
                peer.send("hello\n");
            }
            assertThat(service.logged("Too many open files")).isEmpty();
        }
    }

    @Test
    void dividesOpenFilesBetweenListenersAndHttp() throws Exception {
        Programs.require("bash", "bash");
        try (ChildService service =
                ChildService.startWithOpenFiles(
                        2_000,
                        "switchboard.listeners.second.port=0",
                        "switchboard.listeners.third.port=0",
                        "switchboard.listeners.third.max-connections=100")) {
            JsonNode page = service.api().get("/listeners").json();
            int sum = page.at("/openFiles/reserve").asInt() + page.at("/openFiles/http").asInt();
            for (JsonNode each : page.get("listeners")) {
                sum += each.get("maxConnections").asInt();
            }
            assertThat(sum).isBetween(1_998, 2_000);
            assertThat(service.logged("open files: at most 2000: 545 for listener default,"))
                    .hasSize(1);
            assertThat(service.logged(" WARN ").stream().filter(x -> x.contains("open files")))
                    .isEmpty();
        }
    }

    @Test
    void warnsOnceIfConfiguredNumbersExceedTheLimit() throws Exception {
        Programs.require("bash", "bash");
        try (ChildService service =
                ChildService.startWithOpenFiles(
                        2_000,
                        "server.tomcat.max-connections=700",
                        "switchboard.listeners.default.max-connections=1000")) {
            assertThat(service.logged("exceed the limit of 2000 by 212")).hasSize(1);
            assertThat(service.api().get("/listeners").json().at("/openFiles/http").asInt())
                    .isEqualTo(700);
        }
    }

    /** Returns the heap bytes of each connection that has sent this, once all have arrived. */
    private long costOfEach(ChildService service, int count, String sent, Callable<Integer> arrived)
            throws Exception {
        for (int i = 0; i < 20; i++) {
            new RawHttp(service.api().port()).ask("GET", "/actuator/health");
        }
        liveHeap(service);
        long before = liveHeap(service);
        for (int i = 0; i < count; i++) {
            SocketChannel client = SocketChannel.open(address(service.api().port()));
            clients.add(client);
            client.write(ByteBuffer.wrap(sent.getBytes(US_ASCII)));
        }
        await().until(() -> arrived.call() >= count);
        return (liveHeap(service) - before) / count;
    }

    /** Begins to connect, and does not wait for those that the service does not accept. */
    private void crowd(int port, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            SocketChannel client = SocketChannel.open();
            clients.add(client);
            client.configureBlocking(false);
            client.connect(address(port));
        }
    }

    private static InetSocketAddress address(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /** Returns the bytes of live objects; the histogram collects garbage first. */
    private static long liveHeap(ChildService service) throws Exception {
        String total =
                histogram(service)
                        .lines()
                        .filter(x -> x.startsWith("Total"))
                        .findFirst()
                        .orElseThrow();
        return Long.parseLong(total.strip().split("\\s+", -1)[2]);
    }

    private static int processors(ChildService service) throws Exception {
        return instances(service, "org.apache.coyote.http11.Http11Processor");
    }

    private static int instances(ChildService service, String type) throws Exception {
        return histogram(service)
                .lines()
                .filter(line -> line.contains(" " + type) && !line.contains("$"))
                .map(line -> Integer.parseInt(line.strip().split("\\s+", -1)[1]))
                .findFirst()
                .orElse(0);
    }

    private static String histogram(ChildService service) throws Exception {
        try (Child jcmd =
                Child.startWithErrors(
                        System.getProperty("java.home") + "/bin/jcmd",
                        Long.toString(service.process().pid()),
                        "GC.class_histogram")) {
            assertThat(jcmd.awaitExit()).as(jcmd.output()).isZero();
            return jcmd.output();
        }
    }
}
