package io.switchboard.transport;

import io.switchboard.peer.Network;
import io.switchboard.peer.Transport;
import io.switchboard.transport.IdentifyProperties.ProxyName;
import java.net.InetAddress;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/**
 * Rules for a listener's keys taken together. Each check throws an {@link IllegalArgumentException}
 * that names the key, its value and what would be right.
 */
final class ListenerRules {
    private static final Pattern OCTAL = Pattern.compile("0[0-7]{3}");
    private static final int PERMISSIONS = 9;

    private ListenerRules() {}

    /** The exception for a key whose value cannot be used. */
    @SuppressWarnings("AnnotateFormatMethod") // package-private, and its messages are literals
    static IllegalArgumentException invalid(String message, @Nullable Object... values) {
        return new IllegalArgumentException(message.formatted(values));
    }

    /** Refuses a value of this key to which there is an objection. */
    static void refuse(String key, Optional<String> objection) {
        if (objection.isPresent()) {
            throw invalid("%s: %s", key, objection.get());
        }
    }

    /** Checks the keys that say where a listener is bound. */
    static void checkAddress(
            Transport transport, @Nullable Integer port, @Nullable String path, TlsProperties tls) {
        String word = transport.word();
        if (transport == Transport.TLS) {
            throw invalid("transport is %s: it takes tcp, udp or unix", word);
        }
        if (transport == Transport.UNIX && path == null) {
            throw invalid(
                    "transport is unix and path is not set: it takes a path such as /run/switchboard/peers.sock");
        }
        if (transport != Transport.UNIX && port == null) {
            throw invalid("port is not set: it takes 1 to 65535, or 0 to let the kernel choose");
        }
        if (transport != Transport.UNIX && path != null) {
            throw invalid("path is %s and transport %s: a path is for transport unix", path, word);
        }
        if (transport != Transport.TCP && tls.bundle() != null) {
            throw invalid(
                    "tls.bundle is %s and transport %s: TLS is for transport tcp",
                    tls.bundle(), word);
        }
    }

    /** Checks the keys that only a listener with transport udp has. */
    static void checkDatagrams(
            Transport transport,
            String host,
            List<String> sendTo,
            List<String> multicastGroups,
            @Nullable String multicastInterface,
            @Nullable DataSize receiveBuffer) {
        if (transport != Transport.UDP) {
            requireUnset(transport, "send-to", sendTo.isEmpty());
            requireUnset(transport, "multicast-groups", multicastGroups.isEmpty());
            requireUnset(transport, "multicast-interface", multicastInterface == null);
            requireUnset(transport, "receive-buffer", receiveBuffer == null);
        }
        if (receiveBuffer != null
                && (receiveBuffer.toBytes() < 1 || receiveBuffer.toBytes() > Integer.MAX_VALUE)) {
            throw invalid("receive-buffer is %s: it takes 1B to 2147483647B", receiveBuffer);
        }
        for (String network : sendTo) {
            try {
                Network.of(network);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("send-to: " + e.getMessage(), e);
            }
        }
        multicastGroups.forEach(ListenerRules::checkGroup);
        if (!multicastGroups.isEmpty() && !receivesGroups(host, multicastGroups)) {
            throw invalid(
                    "host is %s, and a socket that is bound to it gets nothing of what is sent to multicast-groups: set host to 0.0.0.0, or to :: for IPv6",
                    host);
        }
        if (multicastInterface != null && multicastGroups.isEmpty()) {
            throw invalid(
                    "multicast-interface is %s, and no group is joined on it: multicast-groups has their addresses",
                    multicastInterface);
        }
    }

    private static void requireUnset(Transport transport, String key, boolean unset) {
        if (!unset) {
            throw invalid(
                    "%s is for transport udp, and this listener's is %s: leave it out, or set transport to udp",
                    key, transport.word());
        }
    }

    /** A group's datagrams have its address for destination, and not one of ours. */
    private static boolean receivesGroups(String host, List<String> groups) {
        return host.equals("0.0.0.0") || host.equals("::") || groups.contains(host);
    }

    private static void checkGroup(String group) {
        IllegalArgumentException cause = null;
        try {
            if (InetAddress.ofLiteral(group).isMulticastAddress()) {
                return;
            }
        } catch (IllegalArgumentException e) {
            cause = e;
        }
        throw new IllegalArgumentException(
                "multicast-groups: '%s' is no multicast address: it takes one such as 239.1.2.3 or ff02::4242"
                        .formatted(group),
                cause);
    }

    /** Checks the keys about the PROXY protocol. */
    static void checkProxies(
            Transport transport, boolean expected, List<Network> trusted, ProxyName name) {
        if (expected && trusted.isEmpty()) {
            throw invalid(
                    "proxy-protocol is true and trusted-proxies is not set: say whose headers are believed, such as trusted-proxies: 10.0.0.0/8");
        }
        if (expected && !transport.isTcp()) {
            throw invalid(
                    "proxy-protocol is true and transport %s: it takes %s",
                    transport.word(), Transport.TCP.word());
        }
        if (!expected && !trusted.isEmpty()) {
            throw invalid(
                    "trusted-proxies is %s and proxy-protocol is not true: set that, or neither",
                    trusted);
        }
        if (!expected && name != ProxyName.NONE) {
            throw invalid(
                    "identify.proxy-name is %s, which is about PROXY headers: it needs proxy-protocol: true",
                    name.word());
        }
    }

    /**
     * Reads the permissions of a socket's file: {@code 0660} as chmod(1) takes them, or {@code
     * rw-rw----} as ls(1) shows them. Anything else is refused, what YAML makes of a bare 0660
     * included.
     */
    static Set<PosixFilePermission> mode(String text) {
        try {
            return PosixFilePermissions.fromString(
                    OCTAL.matcher(text).matches() ? symbolic(text) : text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "mode is %s: it takes rw-rw---- or, in quotes where YAML is read, \"0660\""
                            .formatted(text),
                    e);
        }
    }

    private static String symbolic(String octal) {
        int bits = Integer.parseInt(octal, 8);
        StringBuilder text = new StringBuilder();
        for (int bit = PERMISSIONS - 1; bit >= 0; bit--) {
            text.append((bits >> bit & 1) == 0 ? '-' : "xwr".charAt(bit % 3));
        }
        return text.toString();
    }
}
