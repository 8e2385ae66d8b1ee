package io.switchboard.transport.proxyprotocol;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.switchboard.net.Endpoint;
import io.switchboard.net.Network;
import io.switchboard.peer.ListenerCounters.ListenerMetric;
import io.switchboard.peer.Names;
import io.switchboard.receive.RateLimitedLog;
import io.switchboard.transport.config.IdentifyProperties.ProxyName;
import io.switchboard.transport.stream.ConnectionInfo;
import io.switchboard.transport.stream.ConnectionSetup;
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

/**
 * The PROXY protocol of one listener: which proxies it trusts, and which field of their headers
 * names the peer. Thread-safe.
 */
public final class ProxyProtocol {
    private static final int READ_BYTES = 4 * 1024;
    private static final Logger log = LoggerFactory.getLogger("io.switchboard.transport.listener");
    private static final byte[] SAMPLE = "PROXY UNKNOWN\r\n".getBytes(US_ASCII);

    private static final byte[] NO_BYTES = {};

    /** The first byte of every version 1 header, which begins with the text {@code PROXY}. */
    private static final byte V1_FIRST_BYTE = 'P';

    private final List<Network> trusted;
    private final ProxyName nameField;
    private final RateLimitedLog warnings = new RateLimitedLog();

    /**
     * Creates the PROXY protocol of a listener.
     *
     * @param trusted networks of the proxies whose headers are believed
     * @param name the header's field that names the peer
     */
    public ProxyProtocol(List<Network> trusted, ProxyName name) {
        this.trusted = trusted;
        this.nameField = name;
        warmUp();
    }

    /**
     * Loads the codec's classes now, so that the first connection does not delay its event loop.
     */
    private static void warmUp() {
        try {
            ProxyHeader.decode(SAMPLE);
        } catch (ProxyHeader.InvalidHeader e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns whether PROXY headers from this address are believed. */
    public boolean trusts(InetAddress address) {
        for (Network network : trusted) {
            if (network.contains(address)) {
                return true;
            }
        }
        return false;
    }

    /** Returns the peer's name; null if the header has none or it is not a valid name. */
    @Nullable String name(ProxyHeader header) {
        String found =
                switch (nameField) {
                    case NONE -> null;
                    case AUTHORITY -> header.authority();
                    case SSL_CN -> header.commonName();
                };
        return found == null || Names.nameError(found).isPresent() ? null : found;
    }

    /** Warns the operator, once a minute at most, that a trusted proxy sends no valid header. */
    private void warn(String listener, InetAddress proxy, ProxyHeader.InvalidHeader cause) {
        warnings.log(
                count ->
                        log.warn(
                                "listener {}: closed a connection from proxy {}: {}. Set send-proxy"
                                        + " or send-proxy-v2 in the proxy's server line ({} such"
                                        + " connections since the last warning)",
                                listener,
                                proxy.getHostAddress(),
                                cause.getMessage(),
                                count));
    }

    /**
     * The step that reads the PROXY header at the beginning of a connection.
     *
     * <pre>
     *   header ── names a client ──▶ done
     *    │  └─ names none (LOCAL, UNKNOWN, the proxy itself) ──▶ clientless ── a byte ──▶ done
     *    │                                                          └─ closed ──▶ over: a probe
     *    └─ closed before the first byte ──▶ over: a probe
     * </pre>
     *
     * <p>A proxy's health check names no client in its header, and then closes the connection. A
     * connection whose header names no client becomes a peer only if it sends something, and then
     * with the addresses of the socket.
     */
    public final class HeaderStep implements ConnectionSetup.Step {
        private byte[] received = NO_BYTES;
        private boolean clientless;

        @Override
        public Progress advance(ConnectionSetup setup) throws IOException {
            InetAddress proxy =
                    Objects.requireNonNull(Endpoint.ip(setup.stream().socket().getRemoteAddress()));
            if (!trusts(proxy)) {
                return refuse(
                        setup,
                        ListenerMetric.FAILED_HANDSHAKES,
                        "untrusted_proxy",
                        Endpoint.of(setup.stream().socket().getRemoteAddress())
                                + " is in none of this listener's trusted-proxies");
            }
            try {
                return read(setup);
            } catch (ProxyHeader.InvalidHeader e) {
                warn(setup.context().listener().name(), proxy, e);
                if (e.signatureMatches()) {
                    throw e;
                }
                return refuse(
                        setup,
                        ListenerMetric.FAILED_HANDSHAKES,
                        "proxy_required",
                        "this listener takes connections that begin with a PROXY header");
            }
        }

        private Progress read(ConnectionSetup setup) throws IOException {
            int count = receive(setup);
            if (count == 0) {
                return Progress.NEEDS_READ;
            }
            if (count < 0) {
                setup.count(ListenerMetric.PROBES, 1);
                setup.close();
                return Progress.CLOSED;
            }
            int before = received.length;
            received = Arrays.copyOf(received, before + count);
            System.arraycopy(setup.loop().bytes(), 0, received, before, count);
            if (clientless) {
                return finish(0, setup);
            }
            int length = ProxyHeader.length(received);
            return length == 0 ? read(setup) : apply(length, setup);
        }

        /**
         * Reads once.
         *
         * @return how many bytes were read; -1 if a connection that may be a probe was closed
         * @throws IOException if the connection was closed or reset within its header
         */
        private int receive(ConnectionSetup setup) throws IOException {
            boolean maybeProbe = clientless || received.length == 0;
            try {
                int count = setup.loop().read(setup.stream(), READ_BYTES);
                if (count < 0 && !maybeProbe) {
                    throw new IOException("it was closed within its PROXY header");
                }
                return count;
            } catch (IOException e) {
                if (maybeProbe) {
                    return -1;
                }
                throw e;
            }
        }

        private Progress apply(int length, ConnectionSetup setup) throws IOException {
            ProxyHeader header = ProxyHeader.decode(Arrays.copyOf(received, length));
            ConnectionInfo info = setup.info();
            SocketAddress client = header.client();
            // Version 1 has no LOCAL: there, a health check of HAProxy names the proxy's own end of
            // this connection as the client. In version 2 that address can belong to a client: one
            // on the proxy's host may use the same port number for its connection to the proxy.
            if (client == null
                    || (received[0] == V1_FIRST_BYTE
                            && client.equals(setup.stream().socket().getRemoteAddress()))) {
                clientless = true;
            } else {
                Optional<String> refusal =
                        setup.context().limiter().acquireClient(Endpoint.ip(client));
                if (refusal.isPresent()) {
                    return refuse(
                            setup,
                            ListenerMetric.REFUSED_CONNECTIONS,
                            "too_many_connections",
                            refusal.get());
                }
                info = info.withClient(client);
            }
            if (header.tls() != null) {
                info = info.withTls(header.tls());
            }
            setup.info(info.withName(name(header)));
            return finish(length, setup);
        }

        /**
         * Ends the step and gives back the bytes behind the header, so that the next reader of the
         * socket gets them. A clientless connection without such bytes continues to be read.
         */
        private Progress finish(int length, ConnectionSetup setup) throws IOException {
            if (length < received.length) {
                byte[] rest = Arrays.copyOfRange(received, length, received.length);
                setup.unread(rest);
            } else if (clientless) {
                received = NO_BYTES;
                return read(setup);
            }
            return Progress.DONE;
        }

        private static Progress refuse(
                ConnectionSetup setup, ListenerMetric metric, String code, String detail)
                throws IOException {
            setup.closeLingering(setup.context().listener().errorLine(code, detail));
            setup.count(metric, 1);
            return Progress.CLOSED;
        }

        @Override
        public String toString() {
            return "PROXY header";
        }
    }
}
