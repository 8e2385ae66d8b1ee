package io.switchboard.bench.attack;

import io.switchboard.bench.contestant.Loopback;
import io.switchboard.bench.load.HttpConnection;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * Callers that send to one peer with {@code wait=reply}, each again as soon as it has the answer.
 * The peer is in this process as well and echoes what it receives.
 */
record ReplyCallers(int callers, Duration time) implements Assault {

    @Override
    public Supplier<Outcome> run(Target target) throws IOException {
        SocketChannel peer = SocketChannel.open(Loopback.server(target.tcpPort()));
        peer.setOption(StandardSocketOptions.TCP_NODELAY, true);
        String id = PeerIds.find(target.httpPort(), (InetSocketAddress) peer.getLocalAddress());
        String path = "/send?to=" + id + "&wait=reply&timeout=20s";
        byte[] request = HttpConnection.request("POST", path, "text/plain", "question");
        try (Callers attackers = new Callers(target, request)) {
            attackers.echo(peer);
            Outcome outcome = attackers.run(callers, target.scaled(time));
            return () -> outcome;
        }
    }
}
