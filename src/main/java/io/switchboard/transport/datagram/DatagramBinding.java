package io.switchboard.transport.datagram;

import io.switchboard.transport.BindFailure;
import io.switchboard.transport.ListenerProperties;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/** The address of a listener of UDP, and the multicast groups that it is a member of. */
record DatagramBinding(String listener, ListenerProperties properties) {

    /**
     * Binds, and joins the groups for as long as the socket is open.
     *
     * @return a channel that does not block
     * @throws BindFailure the address cannot be bound
     * @throws InvalidConfigurationPropertyValueException some group, or on that interface, cannot
     *     be joined
     */
    DatagramChannel bind() {
        DatagramChannel channel = null;
        try {
            InetAddress address = InetAddress.getByName(properties.host());
            // the family asked for, and not IPv6 for both: 0.0.0.0 is every interface of IPv4
            channel =
                    DatagramChannel.open(
                            address instanceof Inet6Address
                                    ? StandardProtocolFamily.INET6
                                    : StandardProtocolFamily.INET);
            prepare(channel);
            channel.bind(new InetSocketAddress(address, properties.boundPort()));
            join(channel);
            return channel;
        } catch (IOException e) {
            close(channel);
            throw new BindFailure(listener, properties.host(), properties.boundPort(), e);
        } catch (RuntimeException | Error e) {
            close(channel);
            throw e;
        }
    }

    private void prepare(DatagramChannel channel) throws IOException {
        channel.configureBlocking(false);
        if (!properties.multicastGroups().isEmpty()) {
            // programs of one machine share a group's port; without a group they would rob another
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        }
        if (properties.receiveBuffer() != null) {
            int bytes = (int) properties.receiveBuffer().toBytes();
            channel.setOption(StandardSocketOptions.SO_RCVBUF, bytes);
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

    private void join(DatagramChannel channel) {
        if (properties.multicastGroups().isEmpty()) {
            return;
        }
        List<NetworkInterface> interfaces = interfaces();
        for (String group : properties.multicastGroups()) {
            for (NetworkInterface each : interfaces) {
                try {
                    channel.join(InetAddress.ofLiteral(group), each);
                } catch (IOException | IllegalArgumentException e) {
                    throw refusal(
                            "multicast-groups",
                            group,
                            "it cannot be joined on %s: %s"
                                    .formatted(each.getName(), e.getMessage()));
                }
            }
        }
    }

    /** The network interface that is configured, or all that are up and do multicast. */
    private List<NetworkInterface> interfaces() {
        String groups = String.join(",", properties.multicastGroups());
        String name = properties.multicastInterface();
        try {
            List<NetworkInterface> all = NetworkInterface.networkInterfaces().toList();
            List<String> names = all.stream().map(NetworkInterface::getName).toList();
            if (name != null) {
                NetworkInterface named = NetworkInterface.getByName(name);
                if (named == null) {
                    throw refusal(
                            "multicast-interface",
                            name,
                            "there is no such network interface: there are " + names);
                }
                return List.of(named);
            }
            List<NetworkInterface> able = all.stream().filter(DatagramBinding::isAble).toList();
            if (able.isEmpty()) {
                throw refusal(
                        "multicast-groups",
                        groups,
                        "no network interface that is up does multicast: set multicast-interface to one of "
                                + names);
            }
            return able;
        } catch (SocketException e) {
            throw refusal(
                    "multicast-groups",
                    groups,
                    "the network interfaces cannot be listed: " + e.getMessage());
        }
    }

    private static boolean isAble(NetworkInterface each) {
        try {
            return each.isUp() && each.supportsMulticast();
        } catch (SocketException e) {
            return false; // it has gone meanwhile
        }
    }

    private InvalidConfigurationPropertyValueException refusal(
            String key, String value, String reason) {
        return new InvalidConfigurationPropertyValueException(
                "switchboard.listeners." + listener + "." + key, value, reason);
    }
}
