package io.switchboard.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.ChildService;
import io.switchboard.testkit.FreePort;
import io.switchboard.testkit.RawClient;
import io.switchboard.testkit.RawHttp;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Crowds of HTTP clients against a service with 256 MB of heap. */
@Tag("system")
class HttpCrowdIT {
    private static final int MIB = 1024 * 1024;
    private static final int BODIES = 400;
    private static final int CONNECTIONS = 4_000;

    /** About as many connections as HTTP takes: a tenth of 256 MB at 16 KB each is 1,638. */
    private static final int ACCEPTED = 1_600;

    private final List<SocketChannel> clients = new ArrayList<>();
    private final int health = FreePort.find();
    private ChildService service;

    @BeforeEach
    void start() throws IOException {
        service =
                ChildService.startWithOptions(
                        "-Xmx256m",
                        "switchboard.http.health-port=" + health,
                        "server.tomcat.connection-timeout=60s");
    }

    @AfterEach
    void stop() throws IOException {
        for (SocketChannel client : clients) {
            client.close();
        }
        service.close();
    }

    @Test
    void survivesBodiesThatAreAnnouncedAndDoNotArrive() throws Exception {
        Api api = service.api();
        byte[] part =
                ("POST /send?to=all HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                                + MIB
                                + "\r\n\r\n"
                                + "x".repeat(200_000))
                        .getBytes(US_ASCII);
        for (int i = 0; i < BODIES; i++) {
            SocketChannel client = connect();
            client.configureBlocking(false);
            client.write(ByteBuffer.wrap(part));
        }
        await().until(() -> api.metric("switchboard_http_bodies_bytes") > 10 * MIB);
        assertServes();
        for (SocketChannel client : clients) {
            client.close();
        }
        await().until(() -> api.metric("switchboard_http_bodies_bytes") == 0);
        assertThat(api.post("/send?to=all", "x".repeat(MIB)).status()).isEqualTo(200);
    }

    @Test
    void survivesThousandsOfConnectionsThatSendOneByte() throws Exception {
        for (int i = 0; i < ACCEPTED; i++) {
            connect().write(ByteBuffer.wrap(new byte[] {'G'}));
        }
        for (int i = ACCEPTED; i < CONNECTIONS; i++) { // most of these are not accepted
            SocketChannel client = SocketChannel.open();
            clients.add(client);
            client.configureBlocking(false);
            client.connect(address());
        }
        assertServes();
        for (SocketChannel client : clients) {
            client.close();
        }
        await().until(() -> new RawHttp(service.api().port()).ask("GET", "/peers").status() == 200);
    }

    /** Health is answered, a peer is accepted, and there was memory for everything. */
    private void assertServes() throws IOException {
        RawHttp probe = new RawHttp(health);
        for (int i = 0; i < 20; i++) {
            assertThat(probe.ask("GET", "/actuator/health/liveness").status()).isEqualTo(200);
        }
        try (RawClient peer = service.connect()) {
            peer.send("hello\n");
        }
        assertThat(service.logged("OutOfMemoryError")).isEmpty();
        assertThat(service.process().isAlive()).isTrue();
    }

    private SocketChannel connect() throws IOException {
        SocketChannel client = SocketChannel.open(address());
        clients.add(client);
        return client;
    }

    private InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), service.api().port());
    }
}
