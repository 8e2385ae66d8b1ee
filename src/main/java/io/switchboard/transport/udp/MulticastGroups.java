package io.switchboard.transport.udp;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.channels.DatagramChannel;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/**
 * The multicast groups that a UDP listener joins.
 *
 * @param addresses IP literals of the groups; may be empty
 * @param interfaceName the network interface on which they are joined; if null, they are joined on
 *     all interfaces that are up and support multicast
 */
record MulticastGroups(String listener, List<String> addresses, @Nullable String interfaceName) {

    /**
     * Joins the groups. The membership lasts until the channel is closed.
     *
     * @throws InvalidConfigurationPropertyValueException if a group cannot be joined, or if the
     *     configured network interface does not exist
     */
    void join(DatagramChannel channel) {
        if (addresses.isEmpty()) {
            return;
        }
        List<NetworkInterface> interfaces = interfaces();
        for (String group : addresses) {
            for (NetworkInterface each : interfaces) {
                try {
                    channel.join(InetAddress.ofLiteral(group), each);
                } catch (IOException | IllegalArgumentException e) {
                    throw invalid(
                            "multicast-groups",
                            group,
                            "the group cannot be joined on interface %s: %s"
                                    .formatted(each.getName(), e.getMessage()));
                }
            }
        }
    }

    private List<NetworkInterface> interfaces() {
        String groups = String.join(",", addresses);
        try {
            List<NetworkInterface> all = NetworkInterface.networkInterfaces().toList();
            List<String> names = all.stream().map(NetworkInterface::getName).toList();
            if (interfaceName != null) {
                NetworkInterface named = NetworkInterface.getByName(interfaceName);
                if (named == null) {
                    throw invalid(
                            "multicast-interface",
                            interfaceName,
                            "there is no such network interface: set it to one of " + names);
                }
                return List.of(named);
            }
            List<NetworkInterface> capable =
                    all.stream().filter(MulticastGroups::supportsMulticast).toList();
            if (capable.isEmpty()) {
                throw invalid(
                        "multicast-groups",
                        groups,
                        "no network interface that is up supports multicast: set multicast-interface to one of "
                                + names);
            }
            return capable;
        } catch (SocketException e) {
            throw invalid(
                    "multicast-groups",
                    groups,
                    "the network interfaces cannot be listed: " + e.getMessage());
        }
    }

    private static boolean supportsMulticast(NetworkInterface each) {
        try {
            return each.isUp() && each.supportsMulticast();
        } catch (SocketException e) {
            return false; // the interface was removed meanwhile
        }
    }

    private InvalidConfigurationPropertyValueException invalid(
            String key, String value, String reason) {
        return new InvalidConfigurationPropertyValueException(
                "switchboard.listeners." + listener + "." + key, value, reason);
    }
}
