package io.switchboard.transport.stream;

import io.switchboard.peer.Link.SocketOptions;
import io.switchboard.transport.config.BindFailure;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;

/** The address to which a listener is bound, and the options of its sockets. */
public interface Binding {

    /**
     * Binds and listens.
     *
     * @param backlog number of connections that may wait to be accepted, as passed to listen(2)
     * @return a channel in blocking mode
     * @throws BindFailure the address cannot be bound
     */
    ServerSocketChannel bind(int backlog);

    /**
     * Returns the address that {@link #bind} will bind, with port 0 if the kernel chooses the port;
     * null if it is no address of the network or is not known before.
     */
    default @Nullable SocketAddress planned() {
        return null;
    }

    /**
     * Binds the address of a lost socket again.
     *
     * @param before the address to which the lost socket was bound
     * @throws BindFailure the address cannot be bound
     */
    default ServerSocketChannel rebind(SocketAddress before, int backlog) {
        return bind(backlog);
    }

    /** Returns whether a client that connects to the address still reaches the bound socket. */
    default boolean isIntact() {
        return true;
    }

    /** Removes what a closed socket leaves behind, such as a socket file. Idempotent. */
    default void unbind() {}

    /** Sets those options of a new connection for which Spring Integration has no setting. */
    default void prepare(SocketChannel connected) throws IOException {}

    /** Returns what the kernel reports about the remote end in addition to its address. */
    default ConnectionInfo info(SocketChannel connected) throws IOException {
        return ConnectionInfo.NONE;
    }

    /** Returns the current values of a connection's socket options. */
    default SocketOptions options(SocketChannel connected) throws IOException {
        return new SocketOptions(
                connected.getOption(StandardSocketOptions.SO_SNDBUF),
                connected.getOption(StandardSocketOptions.SO_RCVBUF),
                null,
                null);
    }

    /** A TCP address: a host name or IP address, and a port; port 0 lets the kernel choose. */
    record TcpBinding(String listener, String host, int port) implements Binding {
        private static final int KEEPALIVE_IDLE_SECONDS = 60;
        private static final int KEEPALIVE_INTERVAL_SECONDS = 10;
        private static final int KEEPALIVE_PROBES = 6;

        @Override
        public @Nullable SocketAddress planned() {
            InetSocketAddress address = new InetSocketAddress(host, port);
            return address.isUnresolved() ? null : address;
        }

        /** Uses the port of the lost socket, which the kernel may have chosen. */
        @Override
        public ServerSocketChannel rebind(SocketAddress before, int backlog) {
            int chosen = ((InetSocketAddress) before).getPort();
            return new TcpBinding(listener, host, chosen).bind(backlog);
        }

        @Override
        public ServerSocketChannel bind(int backlog) {
            try {
                InetAddress address = InetAddress.getByName(host);
                // the family of the address: a dual-stack socket would make 0.0.0.0 include IPv6
                ProtocolFamily family =
                        address instanceof Inet6Address
                                ? StandardProtocolFamily.INET6
                                : StandardProtocolFamily.INET;
                ServerSocketChannel channel = ServerSocketChannel.open(family);
                try {
                    channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
                    return channel.bind(new InetSocketAddress(address, port), backlog);
                } catch (IOException e) {
                    channel.close();
                    throw e;
                }
            } catch (IOException e) {
                throw new BindFailure(listener, host, port, e);
            }
        }

        /**
         * Sets TCP keepalive: probes after 60 s of silence, then every 10 s, 6 times at most.
         *
         * <p>A byte that the peer sends as urgent data is received in its place (SO_OOBINLINE, RFC
         * 6093). Without the option, the kernel would take it out of the stream.
         */
        @Override
        public void prepare(SocketChannel connected) throws IOException {
            connected.socket().setOOBInline(true);
            connected.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, KEEPALIVE_IDLE_SECONDS);
            connected.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, KEEPALIVE_INTERVAL_SECONDS);
            connected.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, KEEPALIVE_PROBES);
        }

        @Override
        public SocketOptions options(SocketChannel connected) throws IOException {
            return new SocketOptions(
                    connected.getOption(StandardSocketOptions.SO_SNDBUF),
                    connected.getOption(StandardSocketOptions.SO_RCVBUF),
                    connected.getOption(StandardSocketOptions.SO_KEEPALIVE),
                    connected.getOption(StandardSocketOptions.TCP_NODELAY));
        }
    }
}
