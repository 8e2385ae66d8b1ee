package io.switchboard.transport.stream;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.peer.CloseReason;
import io.switchboard.peer.DeliveryCallback;
import io.switchboard.peer.DeliveryCallback.Failure;
import io.switchboard.peer.EncodedFrames;
import io.switchboard.peer.PeerSession;
import io.switchboard.peer.RejectReason;
import io.switchboard.receive.MessageReceiver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
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
 * The view of a connection for Spring Integration's events, senders and gateways. An instance is
 * created when one of them needs it; all instances for the same connection are equal. The event
 * loop reads from the connection and the session's outbox writes to it; the methods with which
 * Spring's own connections read and write throw {@link UnsupportedOperationException}.
 */
record SpringConnection(StreamConnection connection) implements TcpConnection {
    private static final Duration FLUSH = Duration.ofSeconds(5);

    private PeerSession session() {
        return connection.session();
    }

    /**
     * Frames the payload, a {@code byte[]} or a string, and offers it to the outbox. Never blocks:
     * on return, the kernel has taken the message or the outbox holds it.
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
                                    "the payload must be a byte[] or a String, not a "
                                            + other.getClass());
                };
        byte[] frame = session().listener().encoder().frame(payload);
        if (frame == null) {
            throw new IllegalArgumentException(
                    "the framing %s cannot carry this payload of %d bytes"
                            .formatted(session().listener().framingOut(), payload.length));
        }
        FailureCapture capture = new FailureCapture();
        EncodedFrames frames = EncodedFrames.of(frame, 1, capture);
        boolean written = session().answer(frames, frames.view());
        Failure failure = capture.failure;
        if (!written && failure != null) {
            throw new UncheckedIOException(
                    new IOException(
                            "peer " + this + " does not accept a message: " + failure.word()));
        }
    }

    /** Keeps the reason why a message was not sent, for the sending thread. */
    private static final class FailureCapture implements DeliveryCallback {
        private volatile @Nullable Failure failure;

        @Override
        public void refused(PeerSession peer, RejectReason refusal) {
            failure = refusal;
        }

        @Override
        public void queued(PeerSession peer) {}

        @Override
        public void written(PeerSession peer, int bytes) {}

        @Override
        public void failed(PeerSession peer, CloseReason reason) {
            failure = reason;
        }
    }

    /** Closes the session in order: messages sent before are flushed, for 5 s at most. */
    @Override
    public void close() {
        close(session());
    }

    static void close(PeerSession session) {
        session.close(CloseReason.KICKED, "closed through Spring Integration", null, FLUSH);
    }

    @Override
    public boolean isOpen() {
        return session().isOpen();
    }

    @Override
    public boolean isServer() {
        return true;
    }

    @Override
    public String getConnectionId() {
        return session().id().toString();
    }

    /** Returns the address, because a DNS lookup of the name would block. */
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
                "an event loop reads from peer " + this + "; its listener receives the frames");
    }

    @Override
    public String toString() {
        return getConnectionId();
    }

    Headers headers() {
        return new Headers(this);
    }

    /** Returns the headers of an unfinished frame at the end of the stream. */
    MessageHeaders headersOfIncomplete() {
        Map<String, Object> all = new HashMap<>(headers());
        all.put(MessageReceiver.INCOMPLETE, true);
        return new MessageHeaders(all);
    }

    /**
     * The headers that all frames of one peer share. They are created when its first frame arrives,
     * are immutable, and have no id and timestamp, which Spring would create for each message.
     *
     * <p>Spring's template asks for three headers of each message that no frame has, and a search
     * in the map is a large part of the cost of a short line. A bit for each hash code tells that
     * most other keys are not in the map.
     */
    static final class Headers extends MessageHeaders {
        private static final long serialVersionUID = 1;

        /** The bits whose numbers are the last six bits of the hash codes of all keys. */
        private static final long KEY_BITS =
                Stream.of(
                                IpHeaders.CONNECTION_ID,
                                IpHeaders.IP_ADDRESS,
                                IpHeaders.HOSTNAME,
                                IpHeaders.REMOTE_PORT,
                                MessageReceiver.PEER)
                        .mapToLong(key -> 1L << key.hashCode())
                        .reduce(0, (bits, each) -> bits | each);

        private Headers(SpringConnection connection) {
            String address = connection.getHostAddress();
            super(
                    Map.of(
                            IpHeaders.CONNECTION_ID, connection.getConnectionId(),
                            IpHeaders.IP_ADDRESS, address,
                            IpHeaders.HOSTNAME, address,
                            IpHeaders.REMOTE_PORT, connection.getPort(),
                            MessageReceiver.PEER, connection.session()),
                    ID_VALUE_NONE,
                    -1L);
        }

        private static boolean mayHave(Object key) {
            return (KEY_BITS >>> key.hashCode() & 1) != 0;
        }

        @Override
        public boolean containsKey(Object key) {
            return mayHave(key) && super.containsKey(key);
        }

        @Override
        public @Nullable Object get(Object key) {
            return mayHave(key) ? super.get(key) : null;
        }
    }
}
