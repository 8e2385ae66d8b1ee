package io.switchboard.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import io.switchboard.net.Endpoint;
import io.switchboard.peer.PeerSession;
import io.switchboard.receive.MessageReceiver;
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

/**
 * Replaces {@link MessageReceiver} as the output channel of a listener's adapter, and records the
 * messages.
 */
public final class Received implements MessageChannel, AutoCloseable {

    private final Map<Integer, List<byte[]>> byPort = new ConcurrentHashMap<>();
    private final TcpReceivingChannelAdapter adapter;
    private final MessageReceiver original;

    public Received(TcpReceivingChannelAdapter adapter, MessageReceiver original) {
        this.adapter = adapter;
        this.original = original;
        adapter.setOutputChannel(this);
    }

    /**
     * Replaces the receiver of a listener's messages.
     *
     * @param service the application context, which contains the adapter of each listener
     */
    public static Received at(String listener, ApplicationContext service) {
        return new Received(
                service.getBean(listener + "Listener", TcpReceivingChannelAdapter.class),
                service.getBean(MessageReceiver.class));
    }

    /** Returns the messages of the peer with this remote port, in the order of their arrival. */
    List<byte[]> bytesFrom(int port) {
        return byPort.computeIfAbsent(port, _ -> new CopyOnWriteArrayList<>());
    }

    /** Returns the messages so far of the peer with this remote port, decoded as UTF-8. */
    public List<String> from(int port) {
        return bytesFrom(port).stream().map(bytes -> new String(bytes, UTF_8)).toList();
    }

    /**
     * Waits until the peer with this remote port has sent this many messages; returns all of them.
     */
    public List<byte[]> awaitFrom(int port, int messages) {
        await("message " + messages + " of the peer with port " + port)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> bytesFrom(port).size() >= messages);
        return List.copyOf(bytesFrom(port));
    }

    @Override
    public boolean send(Message<?> message, long timeout) {
        PeerSession peer =
                Objects.requireNonNull(
                        message.getHeaders().get(MessageReceiver.PEER, PeerSession.class));
        bytesFrom(((Endpoint.Inet) peer.peername()).port()).add((byte[]) message.getPayload());
        return true;
    }

    @Override
    public void close() {
        adapter.setOutputChannel(original);
    }
}
