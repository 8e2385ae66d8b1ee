package io.switchboard.transport.datagram;

import io.switchboard.transport.BindFailure;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import org.jspecify.annotations.Nullable;

/**
 * An address of UDP.
 *
 * @param listener whose it is
 * @param host name or address
 * @param port 0 lets the kernel choose
 * @param receiveBuffer bytes of SO_RCVBUF; null for the kernel's default
 */
record DatagramBinding(
        String listener, String host, int port, @Nullable Integer receiveBuffer, Groups groups) {

    /**
     * Binds, and joins the groups.
     *
     * @return one that does not block
     * @throws BindFailure the address cannot be bound
     */
    DatagramChannel bind() {
        DatagramChannel channel = null;
        try {
            InetAddress address = InetAddress.getByName(host);
            // the family asked for, and not IPv6 for both: 0.0.0.0 is every interface of IPv4
            channel =
                    DatagramChannel.open(
                            address instanceof Inet6Address
                                    ? StandardProtocolFamily.INET6
                                    : StandardProtocolFamily.INET);
            prepare(channel);
            channel.bind(new InetSocketAddress(address, port));
            groups.join(channel);
            return channel;
        } catch (IOException e) {
            close(channel);
            throw new BindFailure(listener, host, port, e);
        } catch (RuntimeException | Error e) {
            close(channel);
            throw e;
        }
    }

    private void prepare(DatagramChannel channel) throws IOException {
        channel.configureBlocking(false);
        if (!groups.addresses().isEmpty()) {
            // programs of one machine share a group's port; without a group they would rob another
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        }
        if (receiveBuffer != null) {
            channel.setOption(StandardSocketOptions.SO_RCVBUF, receiveBuffer);
        }
    }

    private static void close(@Nullable DatagramChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                throw new IllegalStateException("closing a socket that was not bound", e);
            }
        }
    }
}
