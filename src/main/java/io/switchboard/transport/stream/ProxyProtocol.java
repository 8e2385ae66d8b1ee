package io.switchboard.transport.stream;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.switchboard.inbound.Complaint;
import io.switchboard.peer.Names;
import io.switchboard.peer.Network;
import io.switchboard.transport.IdentifyProperties.ProxyName;
import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whose PROXY headers one listener takes, and what it makes of them. Thread-safe. */
final class ProxyProtocol {
    private static final Logger log = LoggerFactory.getLogger("io.switchboard.transport.listener");
    private static final byte[] SAMPLE = "PROXY UNKNOWN\r\n".getBytes(US_ASCII);

    private final List<Network> trusted;
    private final ProxyName name;
    private final Complaint complaint = new Complaint();

    /**
     * @param trusted where proxies are
     * @param name which of a header's facts is the peer's name
     */
    ProxyProtocol(List<Network> trusted, ProxyName name) {
        this.trusted = trusted;
        this.name = name;
        warmUp();
    }

    /** Loads the codec's classes now, and not on an event loop when the first connection comes. */
    private static void warmUp() {
        try {
            ProxyHeader.read(SAMPLE);
        } catch (BadProxyHeader e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether what this address says of its clients is believed. */
    boolean trusts(InetAddress address) {
        for (Network network : trusted) {
            if (network.contains(address)) {
                return true;
            }
        }
        return false;
    }

    /** For one connection. */
    Step step() {
        return new ProxyStep(this);
    }

    /** What the header calls the peer; null where that can be no name, or nothing. */
    @Nullable String name(ProxyHeader header) {
        String said =
                switch (name) {
                    case NONE -> null;
                    case AUTHORITY -> header.authority();
                    case SSL_CN -> header.commonName();
                };
        return said == null || Names.objectionToName(said).isPresent() ? null : said;
    }

    /** A trusted proxy does not speak the protocol: the operator has to know, once a minute. */
    void complain(String listener, InetAddress proxy, BadProxyHeader cause) {
        complaint.make(
                times ->
                        log.warn(
                                "listener {}: a connection of the proxy {} was closed, {}: its"
                                        + " server line needs send-proxy or send-proxy-v2 ({} such"
                                        + " since the last warning)",
                                listener,
                                proxy.getHostAddress(),
                                cause.getMessage(),
                                times));
    }
}
