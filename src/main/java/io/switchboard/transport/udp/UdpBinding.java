package io.switchboard.transport.udp;

import io.switchboard.transport.config.BindFailure;
import io.switchboard.transport.config.ListenerProperties;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/** The address that a UDP listener binds to, and the multicast groups that it joins. */
record UdpBinding(String listener, int port, ListenerProperties properties) {

    /**
     * Opens a socket, binds it and joins the groups. The membership lasts until the socket is
     * closed.
     *
     * @return the bound channel, in non-blocking mode
     * @throws BindFailure if the address cannot be bound
     * @throws InvalidConfigurationPropertyValueException if a group cannot be joined, or if the
     *     configured network interface does not exist
     */
    DatagramChannel bind() {
        DatagramChannel channel = null;
        try {
            InetAddress address = InetAddress.getByName(properties.host());
            // The family of the configured address. An IPv6 socket would serve both families, but
            // 0.0.0.0 means all interfaces of IPv4 only.
            channel =
                    DatagramChannel.open(
                            address instanceof Inet6Address
                                    ? StandardProtocolFamily.INET6
                                    : StandardProtocolFamily.INET);
            prepare(channel);
            channel.bind(new InetSocketAddress(address, port));
            groups().join(channel);
            return channel;
        } catch (IOException e) {
            close(channel);
            throw new BindFailure(listener, properties.host(), port, e);
        } catch (RuntimeException | Error e) {
            close(channel);
            throw e;
        }
    }

    private MulticastGroups groups() {
        return new MulticastGroups(
                listener, properties.multicastGroups(), properties.multicastInterface());
    }

    private void prepare(DatagramChannel channel) throws IOException {
        channel.configureBlocking(false);
        if (!properties.multicastGroups().isEmpty()) {
            // Several programs on one machine may receive from the same group and port. Without a
            // group, a second program would take the first one's datagrams.
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        }
        if (properties.receiveBuffer() != null) {
            int bytes = (int) properties.receiveBuffer().toBytes();
            channel.setOption(StandardSocketOptions.SO_RCVBUF, bytes);
        }
    }

    /** Closes the channel of a listener that could not be started; null is ignored. */
    static void close(@Nullable DatagramChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                throw new IllegalStateException("closing the UDP socket failed", e);
            }
        }
    }
}
