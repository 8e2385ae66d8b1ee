package io.switchboard.transport.stream;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.inbound.Inbound;
import io.switchboard.peer.CloseReason;
import io.switchboard.peer.Frames;
import io.switchboard.peer.Peer.PeerState;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.Receipt;
import io.switchboard.peer.Receipt.Failure;
import io.switchboard.peer.Refusal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.springframework.core.serializer.Deserializer;
import org.springframework.core.serializer.Serializer;
import org.springframework.integration.ip.IpHeaders;
import org.springframework.integration.ip.tcp.connection.SocketInfo;
import org.springframework.integration.ip.tcp.connection.TcpConnection;
import org.springframework.integration.ip.tcp.connection.TcpListener;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageHeaders;

/**
 * A connection as Spring Integration's events, senders and gateways see it. Made when one of them
 * needs it, and equal to any other of the same connection. The event loop reads from the connection
 * and the session's outbox writes to it, so the ways by which Spring's own connections do that are
 * shut.
 */
record SpringConnection(StreamConnection connection) implements TcpConnection {
    private static final Duration FLUSH = Duration.ofSeconds(5);

    private PeerSession session() {
        return connection.session();
    }

    /**
     * Frames the payload, a {@code byte[]} or a string, and hands it to the outbox. Never blocks:
     * on return the kernel has the message, or the outbox holds it.
     *
     * @throws IllegalArgumentException the payload is of another type, or the listener's framing
     *     cannot carry it
     * @throws UncheckedIOException the outbox is full, or the peer is closed
     */
    @Override
    public void send(Message<?> message) {
        byte[] payload =
                switch (message.getPayload()) {
                    case byte[] bytes -> bytes;
                    case String text -> text.getBytes(UTF_8);
                    case Object other ->
                            throw new IllegalArgumentException(
                                    "a payload is a byte[] or a String, not a " + other.getClass());
                };
        byte[] frame = session().listener().encoder().frame(payload);
        if (frame == null) {
            throw new IllegalArgumentException(
                    "the framing %s cannot carry this payload of %d bytes"
                            .formatted(session().listener().framingOut(), payload.length));
        }
        Failed failed = new Failed();
        Frames frames = Frames.of(frame, 1, failed);
        boolean written = session().offer(frames, frames.view());
        Failure failure = failed.why;
        if (!written && failure != null) {
            throw new UncheckedIOException(
                    new IOException("peer " + this + " takes no message: " + failure.word()));
        }
    }

    /** Keeps why a message was not sent, for the thread that is sending it. */
    private static final class Failed implements Receipt {
        private volatile @Nullable Failure why;

        @Override
        public void refused(PeerSession peer, Refusal refusal) {
            why = refusal;
        }

        @Override
        public void queued(PeerSession peer) {}

        @Override
        public void written(PeerSession peer, int bytes) {}

        @Override
        public void failed(PeerSession peer, CloseReason reason) {
            why = reason;
        }
    }

    /** Ends the stream behind what was sent before. */
    @Override
    public void close() {
        close(session());
    }

    static void close(PeerSession session) {
        session.close(CloseReason.KICKED, "closed through Spring Integration", null, FLUSH);
    }

    @Override
    public boolean isOpen() {
        return session().state() == PeerState.OPEN;
    }

    @Override
    public boolean isServer() {
        return true;
    }

    @Override
    public String getConnectionId() {
        return session().id().toString();
    }

    /** The address: a look-up of its name would block. */
    @Override
    public String getHostName() {
        return getHostAddress();
    }

    @Override
    public String getHostAddress() {
        InetAddress ip = session().address();
        return ip == null ? session().peername().toString() : ip.getHostAddress();
    }

    @Override
    public int getPort() {
        return session().client() instanceof InetSocketAddress inet ? inet.getPort() : 0;
    }

    @Override
    public @Nullable SSLSession getSslSession() {
        return connection.sslSession();
    }

    @Override
    public TcpListener getListener() {
        return connection.listener();
    }

    @Override
    public @Nullable SocketInfo getSocketInfo() {
        return null;
    }

    @Override
    public @Nullable Object getDeserializerStateKey() {
        return null;
    }

    @Override
    public Deserializer<?> getDeserializer() {
        throw unsupported();
    }

    @Override
    public Serializer<?> getSerializer() {
        throw unsupported();
    }

    @Override
    public Object getPayload() {
        throw unsupported();
    }

    @Override
    public long incrementAndGetConnectionSequence() {
        throw unsupported();
    }

    @Override
    public void run() {
        throw unsupported();
    }

    private UnsupportedOperationException unsupported() {
        return new UnsupportedOperationException(
                "the event loop reads peer " + this + ", and its listener has the frames");
    }

    @Override
    public String toString() {
        return getConnectionId();
    }

    Headers headers() {
        return new Headers(this);
    }

    /**
     * The headers of every frame of one peer: made when its first frame arrives, immutable, without
     * the id and the timestamp that Spring draws for each message.
     */
    static final class Headers extends MessageHeaders {
        private static final long serialVersionUID = 1;

        private Headers(SpringConnection connection) {
            String address = connection.getHostAddress();
            super(
                    Map.of(
                            IpHeaders.CONNECTION_ID, connection.getConnectionId(),
                            IpHeaders.IP_ADDRESS, address,
                            IpHeaders.HOSTNAME, address,
                            IpHeaders.REMOTE_PORT, connection.getPort(),
                            Inbound.PEER, connection.session()),
                    ID_VALUE_NONE,
                    -1L);
        }
    }
}
