package io.switchboard.bench.scenario;

import io.switchboard.bench.Scenario;
import io.switchboard.bench.ScenarioContext;
import io.switchboard.bench.Settings;
import io.switchboard.bench.contestant.Contestant;
import io.switchboard.bench.contestant.Loopback;
import io.switchboard.bench.load.HttpConnection;
import io.switchboard.bench.load.OpenLoop;
import io.switchboard.bench.load.Peer;
import io.switchboard.bench.load.Peers;
import io.switchboard.bench.load.Sender;
import io.switchboard.bench.load.Senders;
import io.switchboard.bench.report.Latencies;
import io.switchboard.bench.report.Measure;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Map;

/**
 * The effect of one peer that never reads on the other peers: the latency of broadcasts at a fixed
 * rate, with and without such a peer.
 */
final class SlowPeerScenario implements Scenario {
    private static final int PEERS = 100;
    private static final int CONNECTIONS = 16;
    private static final int RATE = 200;

    /** More messages than the socket buffers and the outbox of a peer hold. */
    private static final int FILL_MESSAGES = 96;

    private static final int FILL_BYTES = 64 * 1024;
    private static final int RECEIVE_BUFFER = 4096;

    /** Shorter than the 10 s after which Switchboard closes a peer that accepts no byte. */
    private static final Duration MAX_DURATION = Duration.ofSeconds(8);

    /**
     * The message is queued; it is not queued within the timeout; the outbox of the peer is full.
     */
    private static final int[] FILL_STATUSES = {200, 202, 429};

    @Override
    public String name() {
        return "slow";
    }

    @Override
    public void run(ScenarioContext context) {
        context.rounds(
                "one peer that never reads",
                (contestant, first) -> {
                    Settings settings = context.settings();
                    try (Peers peers = context.connect(contestant, PEERS, CONNECTIONS)) {
                        if (first) {
                            Duration warmUp = settings.warmUp().dividedBy(4);
                            broadcast(context, contestant, peers, warmUp);
                            try (SocketChannel _ = connectStalledPeer(context, contestant)) {
                                broadcast(context, contestant, peers, warmUp);
                            }
                            context.awaitPeers(contestant, PEERS);
                        }
                        Duration measured = settings.measured();
                        Duration time =
                                measured.compareTo(MAX_DURATION) > 0 ? MAX_DURATION : measured;
                        Latencies without = broadcast(context, contestant, peers, time);
                        add(context, contestant, "without", without);
                        try (SocketChannel _ = connectStalledPeer(context, contestant)) {
                            Latencies with = broadcast(context, contestant, peers, time);
                            add(context, contestant, "with", with);
                        }
                    }
                });
    }

    private static void add(
            ScenarioContext context, Contestant contestant, String key, Latencies latencies) {
        context.results()
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
            ScenarioContext context, Contestant contestant, Peers peers, Duration time) {
        Peer recipient = peers.list().getFirst();
        try (Senders senders =
                Senders.open(
                        CONNECTIONS,
                        index ->
                                Sender.raw(
                                        context.loop(),
                                        contestant,
                                        index,
                                        recipient,
                                        "to=all&wait=queued"))) {
            return OpenLoop.broadcast(context.loop(), peers, senders, RATE, time, 200, 207);
        }
    }

    /** Connects a peer that does not read, and fills its socket buffers and its outbox. */
    private static SocketChannel connectStalledPeer(ScenarioContext context, Contestant contestant)
            throws IOException {
        SocketChannel channel = SocketChannel.open();
        channel.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER);
        channel.connect(Loopback.server(contestant.tcpPort()));
        context.awaitPeers(contestant, PEERS + 1);
        InetSocketAddress address = (InetSocketAddress) channel.getLocalAddress();
        Map<String, String> ids = context.allIds(contestant);
        String id = ids.get(address.getAddress().getHostAddress() + ":" + address.getPort());
        byte[] request =
                HttpConnection.request(
                        "POST",
                        "/send?to=" + id + "&wait=queued",
                        "text/plain",
                        "x".repeat(FILL_BYTES));
        try (HttpConnection http = HttpConnection.connect(context.loop(), contestant)) {
            for (int message = 0; message < FILL_MESSAGES; message++) {
                http.exchange(request).expect(contestant.name(), FILL_STATUSES);
            }
        }
        return channel;
    }
}
