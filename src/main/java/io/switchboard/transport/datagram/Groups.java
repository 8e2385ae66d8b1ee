package io.switchboard.transport.datagram;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.channels.DatagramChannel;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/**
 * The multicast groups that a listener is a member of.
 *
 * @param listener whose they are
 * @param addresses of the groups
 * @param on the name of the network interface; null for all that are up and can
 */
record Groups(String listener, List<String> addresses, @Nullable String on) {

    /**
     * Joins all of them, for as long as the socket is open.
     *
     * @throws InvalidConfigurationPropertyValueException some group, or on that interface, cannot
     *     be joined
     */
    void join(DatagramChannel channel) {
        if (addresses.isEmpty()) {
            return;
        }
        List<NetworkInterface> interfaces = interfaces();
        for (String address : addresses) {
            for (NetworkInterface each : interfaces) {
                join(channel, address, each);
            }
        }
    }

    private void join(DatagramChannel channel, String group, NetworkInterface on) {
        try {
            channel.join(InetAddress.ofLiteral(group), on);
        } catch (IOException | IllegalArgumentException e) {
            throw refusal(
                    "multicast-groups",
                    group,
                    "it cannot be joined on %s: %s".formatted(on.getName(), e.getMessage()));
        }
    }

    private List<NetworkInterface> interfaces() {
        try {
            if (on != null) {
                NetworkInterface named = NetworkInterface.getByName(on);
                if (named == null) {
                    throw refusal(
                            "multicast-interface",
                            on,
                            "there is no such network interface: there are " + names());
                }
                return List.of(named);
            }
            List<NetworkInterface> able =
                    NetworkInterface.networkInterfaces().filter(Groups::isAble).toList();
            if (able.isEmpty()) {
                throw refusal(
                        "multicast-groups",
                        String.join(",", addresses),
                        "no network interface that is up does multicast: set multicast-interface"
                                + " to one of "
                                + names());
            }
            return able;
        } catch (SocketException e) {
            throw refusal(
                    "multicast-groups",
                    String.join(",", addresses),
                    "the network interfaces cannot be listed: " + e.getMessage());
        }
    }

    private static List<String> names() throws SocketException {
        return NetworkInterface.networkInterfaces().map(NetworkInterface::getName).toList();
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
