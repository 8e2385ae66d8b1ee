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
 * A connection factory whose settings either take effect or are refused with what to do instead:
 * Spring Integration's own setters keep every value, also one that nothing reads.
 */
abstract class StrictServerConnectionFactory extends AbstractServerConnectionFactory {
    private final String listener;
    private final boolean tcp;

    /**
     * @param listener whose name the configuration's keys have
     * @param tcp whether its sockets have the options of TCP and IP, and are a {@link
     *     java.net.Socket}
     */
    StrictServerConnectionFactory(String listener, boolean tcp) {
        super(0);
        this.listener = listener;
        this.tcp = tcp;
        super.setSoTcpNoDelay(tcp);
        super.setSoKeepAlive(tcp);
    }

    /** Applies the settings to the listening socket. */
    void configure(ServerSocketChannel bound) {
        if (tcp) {
            postProcessServerSocket(bound.socket());
        }
    }

    /** Applies the settings to a connection's socket. */
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
        return "its configuration decides that, set switchboard.listeners." + listener + "." + key;
    }

    private <T> T tcpOnly(String setting, T value) {
        if (!tcp) {
            throw refused(setting, value, "a Unix-domain socket is no java.net.Socket, use TCP");
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
                "mapper", mapper, "its frames share their headers, transform them in the flow");
    }

    @Override
    public void setInterceptorFactoryChain(
            TcpConnectionInterceptorFactoryChain interceptorFactoryChain) {
        throw refused(
                "interceptorFactoryChain",
                interceptorFactoryChain,
                "its connections run on event loops, intercept the channel of the flow");
    }

    @Override
    public void setSoLinger(int soLinger) {
        throw refused(
                "soLinger", soLinger, "a close would block an event loop, and flushes without it");
    }

    @Override
    public void setNioHarvestInterval(int nioHarvestInterval) {
        throw refused(
                "nioHarvestInterval",
                nioHarvestInterval,
                "a closed connection leaves at once, remove the call");
    }

    @Override
    public void setReadDelay(long readDelay) {
        throw refused("readDelay", readDelay, "reading waits for no thread, remove the call");
    }

    @Override
    public void setLookupHost(boolean lookupHost) {
        if (lookupHost) {
            throw refused(
                    "lookupHost", true, "a look-up would block, resolve ip_address in the flow");
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
