package io.switchboard.transport.stream;

import io.switchboard.peer.Link.SocketOptions;
import io.switchboard.transport.BindFailure;
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

/** The address that a listener is to be bound to, and the options of sockets of its kind. */
interface Binding {

    /**
     * Binds and listens.
     *
     * @param backlog how many connections may wait to be accepted, as asked of listen(2)
     * @return blocking
     * @throws BindFailure the address cannot be bound
     */
    ServerSocketChannel bind(int backlog);

    /** Binds a closed socket's address again; throws {@link BindFailure} when it is taken. */
    default ServerSocketChannel bindAgain(SocketAddress before, int backlog) {
        return bind(backlog);
    }

    /** Whether those who connect to the address still reach what was bound. */
    default boolean isIntact() {
        return true;
    }

    /** Leaves nothing behind of what was bound; called when that is closed. Idempotent. */
    default void unbind() {}

    /** Sets the options of a new connection that Spring Integration has no setting for. */
    default void prepare(SocketChannel connected) throws IOException {}

    /** What the kernel knows of the far end beyond its address. */
    default Introduction introduction(SocketChannel connected) throws IOException {
        return Introduction.NONE;
    }

    /** The options of a connection as they are now. */
    default SocketOptions options(SocketChannel connected) throws IOException {
        return new SocketOptions(
                connected.getOption(StandardSocketOptions.SO_SNDBUF),
                connected.getOption(StandardSocketOptions.SO_RCVBUF),
                null,
                null);
    }

    /** An address of TCP: a name or an address, and a port, 0 to let the kernel choose. */
    record TcpBinding(String listener, String host, int port) implements Binding {
        private static final int KEEPALIVE_IDLE_SECONDS = 60;
        private static final int KEEPALIVE_INTERVAL_SECONDS = 10;
        private static final int KEEPALIVE_PROBES = 6;

        /** At the port that the kernel chose, where it was asked to. */
        @Override
        public ServerSocketChannel bindAgain(SocketAddress before, int backlog) {
            int chosen = ((InetSocketAddress) before).getPort();
            return new TcpBinding(listener, host, chosen).bind(backlog);
        }

        @Override
        public ServerSocketChannel bind(int backlog) {
            try {
                InetAddress address = InetAddress.getByName(host);
                // the family asked for, and not IPv6 for both: 0.0.0.0 is every interface of IPv4
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

        /** When a silent peer is probed: after a minute, and six times before it is given up. */
        @Override
        public void prepare(SocketChannel connected) throws IOException {
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
