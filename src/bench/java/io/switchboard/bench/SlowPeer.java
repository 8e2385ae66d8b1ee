package io.switchboard.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Map;

/**
 * What the others notice of one peer that never reads: broadcasts at a fixed rate, with and
 * without.
 */
final class SlowPeer implements Scenario {
    private static final int PEERS = 100;
    private static final int CONNECTIONS = 16;
    private static final int RATE = 200;

    /** More than the kernel holds for a peer, and than an outbox takes. */
    private static final int FILL_MESSAGES = 96;

    private static final int FILL_BYTES = 64 * 1024;
    private static final int SMALLEST_WINDOW = 4096;

    /** Ends before Switchboard gives up such a peer, 10 s after it took the last byte. */
    private static final Duration LONGEST = Duration.ofSeconds(8);

    /**
     * All reached; some not reached; none of those asked for, because the one peer takes no more.
     */
    private static final int[] FILL_ANSWERS = {200, 202, 429};

    @Override
    public String name() {
        return "slow";
    }

    @Override
    public void run(Stage stage) {
        stage.rounds(
                "one peer that never reads",
                (contestant, first) -> {
                    Settings settings = stage.settings();
                    try (Audience audience = stage.audience(contestant, PEERS, CONNECTIONS)) {
                        if (first) {
                            Duration warmUp = settings.warmUp().dividedBy(4);
                            broadcast(stage, contestant, audience, warmUp);
                            try (SocketChannel _ = deaf(stage, contestant)) {
                                broadcast(stage, contestant, audience, warmUp);
                            }
                            stage.awaitPeers(contestant, PEERS);
                        }
                        Duration asked = settings.measured();
                        Duration time = asked.compareTo(LONGEST) > 0 ? LONGEST : asked;
                        Latencies without = broadcast(stage, contestant, audience, time);
                        add(stage, contestant, "without", without);
                        try (SocketChannel _ = deaf(stage, contestant)) {
                            Latencies with = broadcast(stage, contestant, audience, time);
                            add(stage, contestant, "with", with);
                        }
                    }
                });
    }

    private static void add(Stage stage, Contestant contestant, String key, Latencies latencies) {
        stage.results()
                .add(
                        Measure.less(
                                "slow." + key,
                                "broadcasts to %d at %d/s %s a peer that never reads, p99"
                                        .formatted(PEERS, RATE, key),
                                "ms"),
                        contestant.name(),
                        latencies.percentile(99));
    }

    private static Latencies broadcast(
            Stage stage, Contestant contestant, Audience audience, Duration time) {
        Peer anyone = audience.peers().getFirst();
        try (Senders senders =
                Senders.open(
                        CONNECTIONS,
                        index ->
                                Sender.raw(
                                        stage.loop(),
                                        contestant,
                                        index,
                                        anyone,
                                        "to=all&wait=queued"))) {
            return OpenLoop.broadcast(stage.loop(), audience, senders, RATE, time, 200, 207);
        }
    }

    /** A peer that does not read, for whom as much as possible waits already. */
    private static SocketChannel deaf(Stage stage, Contestant contestant) throws IOException {
        SocketChannel channel = SocketChannel.open();
        channel.setOption(StandardSocketOptions.SO_RCVBUF, SMALLEST_WINDOW);
        channel.connect(Loopback.port(contestant.tcpPort()));
        stage.awaitPeers(contestant, PEERS + 1);
        InetSocketAddress address = (InetSocketAddress) channel.getLocalAddress();
        Map<String, String> ids = stage.allIds(contestant);
        String id = ids.get(address.getAddress().getHostAddress() + ":" + address.getPort());
        byte[] request =
                Http.request(
                        "POST",
                        "/send?to=" + id + "&wait=queued",
                        "text/plain",
                        "x".repeat(FILL_BYTES));
        try (Http http = Http.connect(stage.loop(), contestant)) {
            for (int message = 0; message < FILL_MESSAGES; message++) {
                http.exchange(request).expect(contestant.name(), FILL_ANSWERS);
            }
        }
        return channel;
    }
}
