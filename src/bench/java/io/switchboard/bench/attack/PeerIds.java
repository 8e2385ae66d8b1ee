package io.switchboard.bench.attack;

import io.switchboard.bench.Pause;
import io.switchboard.bench.contestant.Loopback;
import io.switchboard.bench.contestant.ResponseJson;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;

/** Finds the ids of peers through {@code GET /peers}. */
public final class PeerIds {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Duration POLL = Duration.ofMillis(20);

    private PeerIds() {}

    /**
     * Returns the id of the peer with this address, as soon as the server lists it. The rival in
     * Node.js knows no {@code q} and lists its first 1,000 peers.
     */
    public static String find(int httpPort, InetSocketAddress peer) throws IOException {
        String address = peer.getAddress().getHostAddress() + ":" + peer.getPort();
        String host = Loopback.server(httpPort).getAddress().getHostAddress();
        HttpRequest request =
                HttpRequest.newBuilder(
                                URI.create(
                                        "http://%s:%d/peers?limit=1000&q=%s"
                                                .formatted(host, httpPort, address)))
                        .timeout(TIMEOUT)
                        .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            long start = System.nanoTime();
            while (System.nanoTime() - start < TIMEOUT.toNanos()) {
                Map<String, String> ids =
                        ResponseJson.ids(client.send(request, BodyHandlers.ofString()).body());
                if (ids.containsKey(address)) {
                    return ids.get(address);
                }
                Pause.of(POLL);
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
        throw new IOException("the server does not list the peer at " + address);
    }
}
