package io.switchboard.transport.stream;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.switchboard.inbound.Complaint;
import io.switchboard.peer.Endpoint;
import io.switchboard.peer.ListenerCounters.Count;
import io.switchboard.peer.Names;
import io.switchboard.peer.Network;
import io.switchboard.transport.IdentifyProperties.ProxyName;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whose PROXY headers one listener takes, and what it makes of them. Thread-safe. */
final class ProxyProtocol {
    private static final Logger log = LoggerFactory.getLogger("io.switchboard.transport.listener");
    private static final byte[] SAMPLE = "PROXY UNKNOWN\r\n".getBytes(US_ASCII);

    private static final byte[] NOTHING = {};

    /** What its headers begin with: they are text. */
    private static final byte VERSION_1 = 'P';

    private final List<Network> trusted;
    private final ProxyName name;
    private final Complaint complaint = new Complaint();

    /** Takes the addresses of proxies, and which of a header's facts is the peer's name. */
    ProxyProtocol(List<Network> trusted, ProxyName name) {
        this.trusted = trusted;
        this.name = name;
        warmUp();
    }

    /** Loads the codec's classes now, and not on an event loop when the first connection comes. */
    private static void warmUp() {
        try {
            ProxyHeader.read(SAMPLE);
        } catch (ProxyHeader.Bad e) {
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
    private void complain(String listener, InetAddress proxy, ProxyHeader.Bad cause) {
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

    /**
     * Reads the PROXY header that a connection begins with.
     *
     * <pre>
     *   header ── of a client ──▶ done
     *    │  └─ of no client (LOCAL, UNKNOWN, itself) ──▶ silent ── a byte ──▶ done
     *    │                                         └─ leaves ──▶ over: a probe
     *    └─ leaves before the first byte ──▶ over: a probe
     * </pre>
     *
     * <p>A health check of a proxy says for itself that it is no client, and leaves; a connection
     * that is nobody's is a peer only if it sends something, and then with the socket's own
     * addresses.
     */
    final class HeaderStep implements Opening.Step {
        private byte[] read = NOTHING;
        private boolean silent;

        @Override
        public Progress advance(Opening opening) throws IOException {
            InetAddress proxy =
                    Objects.requireNonNull(Endpoint.ip(opening.wire().socket().getRemoteAddress()));
            if (!trusts(proxy)) {
                return refuse(
                        opening,
                        Count.FAILED_HANDSHAKES,
                        "untrusted_proxy",
                        Endpoint.of(opening.wire().socket().getRemoteAddress())
                                + " is in none of this listener's trusted-proxies");
            }
            try {
                return read(opening);
            } catch (ProxyHeader.Bad e) {
                complain(opening.service().listener().name(), proxy, e);
                if (e.begun()) {
                    throw e;
                }
                return refuse(
                        opening,
                        Count.FAILED_HANDSHAKES,
                        "proxy_required",
                        "this listener takes connections that begin with a PROXY header");
            }
        }

        private Progress read(Opening opening) throws IOException {
            int count = receive(opening);
            if (count == 0) {
                return Progress.NEEDS_READ;
            }
            if (count < 0) {
                opening.count(Count.PROBES, 1);
                opening.close();
                return Progress.OVER;
            }
            int before = read.length;
            read = Arrays.copyOf(read, before + count);
            System.arraycopy(opening.loop().bytes(), 0, read, before, count);
            if (silent) {
                return goOnBehind(0, opening);
            }
            int end = ProxyHeader.end(read);
            return end == 0 ? read(opening) : introduce(end, opening);
        }

        /** Returns how many bytes came; -1 when it left before its header; throws when within. */
        private int receive(Opening opening) throws IOException {
            boolean nobody = silent || read.length == 0;
            try {
                int count = opening.loop().read(opening.wire());
                if (count < 0 && !nobody) {
                    throw new IOException("it left within its PROXY header");
                }
                return count;
            } catch (IOException e) {
                if (nobody) {
                    return -1;
                }
                throw e;
            }
        }

        private Progress introduce(int end, Opening opening) throws IOException {
            ProxyHeader header = ProxyHeader.read(Arrays.copyOf(read, end));
            Introduction known = opening.introduction();
            SocketAddress client = header.client();
            // HAProxy's checks have no LOCAL in version 1: they name their own connection. In
            // version 2
            // a
            // client of the proxy's own host may have the very port that the proxy has towards
            // here.
            if (client == null
                    || (read[0] == VERSION_1
                            && client.equals(opening.wire().socket().getRemoteAddress()))) {
                silent = true;
            } else {
                Optional<String> refusal = opening.service().admission().claim(Endpoint.ip(client));
                if (refusal.isPresent()) {
                    return refuse(
                            opening, Count.TURNED_AWAY, "too_many_connections", refusal.get());
                }
                known = known.withClient(client);
            }
            if (header.tls() != null) {
                known = known.withTls(header.tls());
            }
            opening.introduction(known.withName(name(header)));
            return goOnBehind(end, opening);
        }

        /** What came behind the header belongs to whoever reads next. */
        private Progress goOnBehind(int end, Opening opening) throws IOException {
            if (end < read.length) {
                byte[] rest = Arrays.copyOfRange(read, end, read.length);
                opening.unread(rest);
            } else if (silent) {
                read = NOTHING;
                return read(opening);
            }
            return Progress.DONE;
        }

        private static Progress refuse(Opening opening, Count count, String word, String detail)
                throws IOException {
            opening.dismiss(opening.service().listener().errorLine(word, detail));
            opening.count(count, 1);
            return Progress.OVER;
        }

        @Override
        public String toString() {
            return "a PROXY header";
        }
    }
}
