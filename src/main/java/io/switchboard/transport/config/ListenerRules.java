package io.switchboard.transport.config;

import io.switchboard.framing.Framing;
import io.switchboard.framing.LineFraming;
import io.switchboard.net.Network;
import io.switchboard.peer.DurationText;
import io.switchboard.peer.HalfClose;
import io.switchboard.peer.LinearPattern;
import io.switchboard.peer.StreamEnd;
import io.switchboard.peer.Transport;
import io.switchboard.peer.View;
import io.switchboard.transport.config.IdentifyProperties.ProxyName;
import io.switchboard.transport.config.InputStart.Telnet;
import java.net.InetAddress;
import java.nio.charset.Charset;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/**
 * Checks of the keys of a listener, alone and in combination. Each throws an {@link
 * IllegalArgumentException} that gives the key, its value and what would be valid.
 */
final class ListenerRules {
    private static final Pattern OCTAL = Pattern.compile("0[0-7]{3}");
    private static final int PERMISSIONS = 9;

    private ListenerRules() {}

    /** Returns the exception for a key whose value is not valid. */
    @SuppressWarnings("AnnotateFormatMethod") // package-private, and its messages are literals
    static IllegalArgumentException invalid(String message, @Nullable Object... values) {
        return new IllegalArgumentException(message.formatted(values));
    }

    /** Throws if there is an error in the value of this key. */
    static void refuse(String key, Optional<String> error) {
        if (error.isPresent()) {
            throw invalid("%s: %s", key, error.get());
        }
    }

    /** Checks the keys of the address to which the listener is bound. */
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

    /** Checks the keys about the end of a peer's stream. */
    static void checkEnd(
            Transport transport,
            @Nullable HalfClose halfClose,
            @Nullable Duration timeout,
            StreamEnd.@Nullable AtEnd atEnd) {
        if (transport == Transport.UDP) {
            requireNoStreamKey("half-close", halfClose == null);
            requireNoStreamKey("half-close-timeout", timeout == null);
            requireNoStreamKey("at-end", atEnd == null);
        }
        if (halfClose == HalfClose.CLOSE && timeout != null) {
            throw invalid(
                    "half-close-timeout is %s and half-close close, which leaves no peer half-closed: leave it out, or set half-close to answer or open",
                    DurationText.of(timeout));
        }
    }

    private static void requireNoStreamKey(String key, boolean unset) {
        if (!unset) {
            throw invalid(
                    "%s is about the end of a stream, and transport udp has none: leave it out",
                    key);
        }
    }

    /** Checks the keys about the start of a connection, which datagrams do not have. */
    static void checkStream(
            Transport transport,
            @Nullable Telnet telnet,
            @Nullable Boolean refuseHttp,
            @Nullable Boolean skipBom) {
        if (transport == Transport.UDP) {
            refuseForDatagrams("telnet", telnet);
            refuseForDatagrams("refuse-http", refuseHttp);
            refuseForDatagrams("skip-bom", skipBom);
        }
    }

    private static void refuseForDatagrams(String key, @Nullable Object value) {
        if (value != null) {
            throw invalid(
                    "%s is %s, and udp has no connections that begin: leave it out",
                    key, value.toString().toLowerCase(Locale.ROOT));
        }
    }

    private static void requireUnset(Transport transport, String key, boolean unset) {
        if (!unset) {
            throw invalid(
                    "%s is for transport udp, and this listener's is %s: leave it out, or set transport to udp",
                    key, transport.word());
        }
    }

    /**
     * The destination of a group's datagrams is the group, so a socket bound to another address
     * gets none.
     */
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

    /** Returns the framing that a key names; the default if the key is not set. */
    static Framing framing(String key, @Nullable String word, Framing defaultFraming) {
        if (word == null) {
            return defaultFraming;
        }
        try {
            return Framing.of(word);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(key + ": " + e.getMessage(), e);
        }
    }

    /** Returns the charset with this name, in which the framings can find the end of a line. */
    static Charset charset(String name, Framing in, Framing out) {
        Charset charset;
        try {
            charset = Charset.forName(name);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "charset is '%s', which Java does not have: it takes a name such as UTF-8, GBK, windows-1251 or ISO-8859-1"
                            .formatted(name),
                    e);
        }
        if (!charset.canEncode()) {
            throw invalid(
                    "charset is %s, in which nothing can be sent: it takes another one, such as UTF-8 or GBK",
                    name);
        }
        boolean ascii = Arrays.equals("\n".getBytes(charset), new byte[] {'\n'});
        for (Framing framing : List.of(in, out)) {
            if (!ascii && framing instanceof LineFraming) {
                throw invalid(
                        "charset is %s, in which a line feed is not the byte 0x0a, and framing %s ends at that: it takes a charset that contains ASCII, or a framing such as length:2",
                        name, framing.word());
            }
        }
        return charset;
    }

    /** Returns the pattern of {@code correlate}; null for fifo. */
    static @Nullable LinearPattern correlation(String correlate, View view, Charset charset) {
        if (correlate.equals(ListenerProperties.FIFO)) {
            if (view != View.BYTES) {
                throw invalid(
                        "correlate-view is %s and correlate fifo, which looks into no frame: it needs a pattern in correlate",
                        view.name().toLowerCase(Locale.ROOT));
            }
            return null;
        }
        LinearPattern pattern;
        try {
            pattern = LinearPattern.of(correlate);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "correlate is neither fifo nor a regular expression: " + e.getMessage(), e);
        }
        if (pattern.groups() == 0) {
            throw invalid(
                    "correlate is '%s', which has no group: it takes fifo, or an expression such as ^#(\\d+)",
                    correlate);
        }
        return pattern.in(view, charset);
    }

    /**
     * Returns the permissions that this text means: {@code 0660} as in chmod(1), or {@code
     * rw-rw----} as ls(1) prints them. Any other text is refused, for example the decimal number
     * that YAML makes of 0660 without quotes.
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
