package io.switchboard;

import io.switchboard.inbound.Inbound;
import io.switchboard.peer.PeerSession;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.springframework.integration.ip.tcp.inbound.TcpReceivingChannelAdapter;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageChannel;

/** Takes the place of {@link Inbound} behind a listener's adapter and keeps what arrives there. */
final class Received implements MessageChannel, AutoCloseable {
    private final Map<Integer, List<String>> byPort = new ConcurrentHashMap<>();
    private final TcpReceivingChannelAdapter adapter;
    private final Inbound usual;

    Received(TcpReceivingChannelAdapter adapter, Inbound usual) {
        this.adapter = adapter;
        this.usual = usual;
        adapter.setOutputChannel(this);
    }

    /** The messages of the peer whose own port this is, in the order in which they arrived. */
    List<String> from(int port) {
        return byPort.computeIfAbsent(port, _ -> new CopyOnWriteArrayList<>());
    }

    @Override
    public boolean send(Message<?> message, long timeout) {
        PeerSession peer =
                Objects.requireNonNull(message.getHeaders().get(Inbound.PEER, PeerSession.class));
        from(peer.facts().peername().port())
                .add(new String((byte[]) message.getPayload(), StandardCharsets.UTF_8));
        return true;
    }

    @Override
    public void close() {
        adapter.setOutputChannel(usual);
    }
}
