package io.switchboard.transport.stream;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.springframework.core.serializer.Deserializer;
import org.springframework.core.serializer.Serializer;
import org.springframework.integration.ip.tcp.connection.AbstractServerConnectionFactory;
import org.springframework.integration.ip.tcp.connection.TcpConnectionInterceptorFactoryChain;
import org.springframework.integration.ip.tcp.connection.TcpMessageMapper;
import org.springframework.integration.ip.tcp.connection.TcpSocketSupport;

/**
 * A connection factory whose setters either take effect or throw {@link
 * UnsupportedOperationException} with an alternative. Spring Integration's own setters keep every
 * value, even one that nothing reads.
 */
abstract class StrictServerConnectionFactory extends AbstractServerConnectionFactory {
    private final String listener;
    private final boolean tcp;

    /**
     * Creates a factory without a port.
     *
     * @param listener name of the listener in the configuration keys
     * @param tcp whether its sockets have TCP and IP options and a {@link java.net.Socket} view;
     *     false for a Unix-domain socket
     */
    StrictServerConnectionFactory(String listener, boolean tcp) {
        super(0);
        this.listener = listener;
        this.tcp = tcp;
        super.setSoTcpNoDelay(tcp);
        super.setSoKeepAlive(tcp);
    }

    /** Applies the settings of this factory to the listening socket. */
    void configure(ServerSocketChannel bound) {
        if (tcp) {
            postProcessServerSocket(bound.socket());
        }
    }

    /** Applies the settings of this factory to a connection's socket. */
    void configure(SocketChannel connected) throws IOException {
        if (tcp) {
            setSocketAttributes(connected.socket());
        }
    }

    private UnsupportedOperationException refused(String setting, Object value, String instead) {
        return new UnsupportedOperationException(
                "listener %s cannot have %s %s: %s".formatted(listener, setting, value, instead));
    }

    private String configured(String key) {
        return "the configuration determines it, set switchboard.listeners." + listener + "." + key;
    }

    private <T> T tcpOnly(String setting, T value) {
        if (!tcp) {
            throw refused(setting, value, "a Unix-domain socket has no java.net.Socket, use TCP");
        }
        return value;
    }

    @Override
    public void setHost(String host) {
        throw refused("host", host, configured(tcp ? "host" : "path"));
    }

    @Override
    public void setLocalAddress(String localAddress) {
        throw refused("localAddress", localAddress, configured(tcp ? "host" : "path"));
    }

    @Override
    public void setPort(int port) {
        throw refused("port", port, configured(tcp ? "port" : "path"));
    }

    @Override
    public void setDeserializer(Deserializer<?> deserializer) {
        throw refused("deserializer", deserializer, configured("framing"));
    }

    @Override
    public void setSerializer(Serializer<?> serializer) {
        throw refused("serializer", serializer, configured("framing-out"));
    }

    @Override
    public void setSoTimeout(int soTimeout) {
        throw refused("soTimeout", soTimeout, configured("idle-timeout"));
    }

    @Override
    public void setSslHandshakeTimeout(int sslHandshakeTimeout) {
        throw refused("sslHandshakeTimeout", sslHandshakeTimeout, configured("handshake-deadline"));
    }

    @Override
    public void setMapper(TcpMessageMapper mapper) {
        throw refused(
                "mapper",
                mapper,
                "the frames of a peer share their headers, transform them in the flow");
    }

    @Override
    public void setInterceptorFactoryChain(
            TcpConnectionInterceptorFactoryChain interceptorFactoryChain) {
        throw refused(
                "interceptorFactoryChain",
                interceptorFactoryChain,
                "connections run on event loops, intercept the channel of the flow");
    }

    @Override
    public void setSoLinger(int soLinger) {
        throw refused(
                "soLinger",
                soLinger,
                "a close would block an event loop, and it flushes without it");
    }

    @Override
    public void setNioHarvestInterval(int nioHarvestInterval) {
        throw refused(
                "nioHarvestInterval",
                nioHarvestInterval,
                "closed connections are removed at once, remove the call");
    }

    @Override
    public void setReadDelay(long readDelay) {
        throw refused(
                "readDelay", readDelay, "reading does not wait for a thread, remove the call");
    }

    @Override
    public void setLookupHost(boolean lookupHost) {
        if (lookupHost) {
            throw refused(
                    "lookupHost", true, "a DNS lookup would block, resolve ip_address in the flow");
        }
    }

    @Override
    public void setSoTcpNoDelay(boolean soTcpNoDelay) {
        super.setSoTcpNoDelay(tcpOnly("soTcpNoDelay", soTcpNoDelay));
    }

    @Override
    public void setSoKeepAlive(boolean soKeepAlive) {
        super.setSoKeepAlive(tcpOnly("soKeepAlive", soKeepAlive));
    }

    @Override
    public void setSoTrafficClass(int soTrafficClass) {
        super.setSoTrafficClass(tcpOnly("soTrafficClass", soTrafficClass));
    }

    @Override
    public void setSoSendBufferSize(int soSendBufferSize) {
        super.setSoSendBufferSize(tcpOnly("soSendBufferSize", soSendBufferSize));
    }

    @Override
    public void setSoReceiveBufferSize(int soReceiveBufferSize) {
        super.setSoReceiveBufferSize(tcpOnly("soReceiveBufferSize", soReceiveBufferSize));
    }

    @Override
    public void setTcpSocketSupport(TcpSocketSupport tcpSocketSupport) {
        super.setTcpSocketSupport(tcpOnly("tcpSocketSupport", tcpSocketSupport));
    }
}
