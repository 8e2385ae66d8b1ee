package io.switchboard.transport.tls;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.testkit.Api;
import io.switchboard.testkit.Certificate;
import io.switchboard.testkit.ChildService;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tlschannel.ClientTlsChannel;
import tlschannel.TlsChannel;
import tools.jackson.databind.JsonNode;

/** On SIGTERM, TLS peers get all queued messages, the farewell and a close_notify. */
class TlsStopIT {
    private static final int PEERS = 20;
    private static final int TERMINATED = 128 + 15;

    @TempDir Path folder;

    @Test
    void sigtermDrainsTlsPeersBeforeItClosesThem() throws Exception {
        Certificate server = Certificate.make(folder, "server", "CN=localhost");
        String store = "spring.ssl.bundle.pem.server.keystore.";
        List<TlsChannel> peers = new ArrayList<>();
        try (ChildService service =
                ChildService.start(
                        "switchboard.drain.delay=0s",
                        "switchboard.drain.spread=0s",
                        "switchboard.drain.farewell=good night",
                        "switchboard.listeners.secure.port=0",
                        "switchboard.listeners.secure.tls.bundle=server",
                        "switchboard.listeners.strict.port=0",
                        "switchboard.listeners.strict.tls.bundle=server",
                        "switchboard.listeners.strict.tls.client-auth=need",
                        store + "certificate=" + server.certificate(),
                        store + "private-key=" + server.key())) {
            int port = port(service.api());
            for (int i = 0; i < PEERS; i++) {
                SocketChannel plain =
                        SocketChannel.open(
                                new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                TlsChannel peer = ClientTlsChannel.newBuilder(plain, server.trusting(null)).build();
                peer.handshake();
                peers.add(peer);
            }
            service.api().awaitTotal(PEERS);
            String last = "x".repeat(50_000);
            assertThat(service.api().post("/send?wait=queued&to=all", last).status())
                    .isEqualTo(200);

            service.process().terminate();
            for (TlsChannel peer : peers) {
                ByteBuffer received = ByteBuffer.allocate(60_000);
                while (peer.read(received) >= 0) {
                    assertThat(received.hasRemaining()).isTrue();
                }
                assertThat(UTF_8.decode(received.flip()).toString())
                        .isEqualTo(last + "\ngood night\n");
                assertThat(peer.shutdownReceived()).as("close_notify").isTrue();
                peer.close();
            }
            assertThat(service.process().awaitExit()).isEqualTo(TERMINATED);
            assertThat(service.logged(" ERROR ")).isEmpty();
            assertThat(
                            service.logged(
                                    "openssl s_client -quiet -connect 127.0.0.1:"
                                            + port
                                            + " (secure)"))
                    .hasSize(1);
            assertThat(service.logged(" -cert <certificate> -key <key> (strict)")).hasSize(1);
        }
    }

    private static int port(Api api) {
        for (JsonNode listener : api.get("/listeners").json().get("listeners")) {
            if (listener.get("name").asString().equals("secure")) {
                return listener.get("address").get("port").asInt();
            }
        }
        throw new AssertionError("no listener secure");
    }
}
