package io.switchboard.transport;

import io.switchboard.peer.Network;
import io.switchboard.peer.Transport;
import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/** What must be so of the keys that only a listener with transport udp has. */
final class DatagramKeys {
    private DatagramKeys() {}

    /**
     * @throws IllegalArgumentException with the key, its value and what it takes
     */
    static void check(
            Transport transport,
            String host,
            List<String> sendTo,
            List<String> multicastGroups,
            @Nullable String multicastInterface,
            @Nullable DataSize receiveBuffer) {
        if (transport != Transport.UDP) {
            refuse(transport, "send-to", sendTo.isEmpty());
            refuse(transport, "multicast-groups", multicastGroups.isEmpty());
            refuse(transport, "multicast-interface", multicastInterface == null);
            refuse(transport, "receive-buffer", receiveBuffer == null);
        }
        if (receiveBuffer != null
                && (receiveBuffer.toBytes() < 1 || receiveBuffer.toBytes() > Integer.MAX_VALUE)) {
            throw new IllegalArgumentException(
                    "receive-buffer is " + receiveBuffer + ": it takes 1B to 2147483647B");
        }
        for (String network : sendTo) {
            try {
                Network.of(network);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("send-to: " + e.getMessage(), e);
            }
        }
        multicastGroups.forEach(DatagramKeys::checkGroup);
        if (!multicastGroups.isEmpty() && !hears(host, multicastGroups)) {
            throw new IllegalArgumentException(
                    "host is "
                            + host
                            + ", and a socket that is bound to it gets nothing of what is sent to"
                            + " multicast-groups: set host to 0.0.0.0, or to :: for IPv6");
        }
        if (multicastInterface != null && multicastGroups.isEmpty()) {
            throw new IllegalArgumentException(
                    "multicast-interface is "
                            + multicastInterface
                            + ", and no group is joined on it: multicast-groups has their"
                            + " addresses");
        }
    }

    private static void refuse(Transport transport, String key, boolean unset) {
        if (!unset) {
            throw new IllegalArgumentException(
                    key
                            + " is for transport udp, and this listener's is "
                            + transport.word()
                            + ": leave it out, or set transport to udp");
        }
    }

    /** A group's datagrams have its address for destination, and not one of ours. */
    private static boolean hears(String host, List<String> groups) {
        return host.equals("0.0.0.0") || host.equals("::") || groups.contains(host);
    }

    private static void checkGroup(String group) {
        boolean multicast;
        try {
            multicast = InetAddress.ofLiteral(group).isMulticastAddress();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(complaint(group), e);
        }
        if (!multicast) {
            throw new IllegalArgumentException(complaint(group));
        }
    }

    private static String complaint(String group) {
        return "multicast-groups: '"
                + group
                + "' is no multicast address: it takes one such as 239.1.2.3 or ff02::4242";
    }
}
