package io.switchboard.transport.stream;

import io.switchboard.peer.CloseReason;
import io.switchboard.peer.Endpoint;
import io.switchboard.peer.PeerSession;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.springframework.integration.ip.tcp.connection.TcpConnectionSupport;
import org.springframework.integration.ip.tcp.connection.TcpListener;
import org.springframework.messaging.Message;

/**
 * The side of a connection that Spring Integration sees: who it is. The event loop runs it and the
 * session's outbox writes to it, so the ways by which Spring's own connections do that are shut.
 */
abstract class SpringConnection extends TcpConnectionSupport {
    private final TcpListener frameListener;

    /**
     * @param frameListener gets every received frame, on the loop
     */
    SpringConnection(TcpListener frameListener) {
        super(null);
        this.frameListener = frameListener;
    }

    abstract PeerSession session();

    /** The far end. */
    abstract SocketAddress remote();

    @Override
    public TcpListener getListener() {
        return frameListener;
    }

    @Override
    public void close() {
        session().abort(CloseReason.SHUTTING_DOWN, null);
    }

    @Override
    public boolean isServer() {
        return true;
    }

    @Override
    public String getConnectionId() {
        return session().id().toString();
    }

    @Override
    public String getConnectionFactoryName() {
        return session().listener().name();
    }

    @Override
    public String getHostName() {
        return getHostAddress();
    }

    @Override
    public String getHostAddress() {
        InetAddress ip = Endpoint.ip(remote());
        return ip == null ? remote().toString() : ip.getHostAddress();
    }

    @Override
    public int getPort() {
        return remote() instanceof InetSocketAddress inet ? inet.getPort() : 0;
    }

    @Override
    public @Nullable SSLSession getSslSession() {
        return null;
    }

    @Override
    public @Nullable Object getDeserializerStateKey() {
        return null;
    }

    @Override
    public void send(Message<?> message) {
        throw new UnsupportedOperationException("send to " + this + " through its session");
    }

    @Override
    public Object getPayload() {
        throw new UnsupportedOperationException("frames come to the listener of " + this);
    }

    @Override
    public void run() {
        throw new UnsupportedOperationException(this + " is run by its event loop");
    }
}
