package io.switchboard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import io.switchboard.inbound.Inbound;
import io.switchboard.peer.Endpoint;
import io.switchboard.peer.PeerSession;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.springframework.context.ApplicationContext;
import org.springframework.integration.ip.tcp.inbound.TcpReceivingChannelAdapter;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageChannel;

/** Takes the place of {@link Inbound} behind a listener's adapter and keeps what arrives there. */
final class Received implements MessageChannel, AutoCloseable {
    private static final Duration LONGEST = Duration.ofSeconds(60);

    private final Map<Integer, List<byte[]>> byPort = new ConcurrentHashMap<>();
    private final TcpReceivingChannelAdapter adapter;
    private final Inbound usual;

    Received(TcpReceivingChannelAdapter adapter, Inbound usual) {
        this.adapter = adapter;
        this.usual = usual;
        adapter.setOutputChannel(this);
    }

    /**
     * @param service holds the adapter of each listener
     */
    static Received at(String listener, ApplicationContext service) {
        return new Received(
                service.getBean(listener + "Listener", TcpReceivingChannelAdapter.class),
                service.getBean(Inbound.class));
    }

    /** The messages of the peer whose own port this is, in the order in which they arrived. */
    List<byte[]> bytesFrom(int port) {
        return byPort.computeIfAbsent(port, _ -> new CopyOnWriteArrayList<>());
    }

    /** The same, as they are so far, as UTF-8. */
    List<String> from(int port) {
        return bytesFrom(port).stream().map(bytes -> new String(bytes, UTF_8)).toList();
    }

    /** Waits until so many have come from there; returns all that have. */
    List<byte[]> awaitFrom(int port, int messages) {
        await("message " + messages + " of the peer with port " + port)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .atMost(LONGEST)
                .until(() -> bytesFrom(port).size() >= messages);
        return List.copyOf(bytesFrom(port));
    }

    @Override
    public boolean send(Message<?> message, long timeout) {
        PeerSession peer =
                Objects.requireNonNull(message.getHeaders().get(Inbound.PEER, PeerSession.class));
        bytesFrom(((Endpoint.Inet) peer.peername()).port()).add((byte[]) message.getPayload());
        return true;
    }

    @Override
    public void close() {
        adapter.setOutputChannel(usual);
    }
}
