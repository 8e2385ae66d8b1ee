package io.switchboard.transport.stream;

import io.switchboard.peer.Endpoint;
import io.switchboard.peer.ListenerCounters.Count;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;

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
 * <p>A health check of a proxy says for itself that it is no client, and leaves; a connection that
 * is nobody's is a peer only if it sends something, and then with the socket's own addresses.
 */
final class ProxyStep implements Step {
    private static final byte[] NOTHING = {};

    /** What its headers begin with: they are text. */
    private static final byte VERSION_1 = 'P';

    private final ProxyProtocol protocol;
    private byte[] read = NOTHING;
    private boolean silent;

    ProxyStep(ProxyProtocol protocol) {
        this.protocol = protocol;
    }

    @Override
    public Progress advance(Opening opening) throws IOException {
        InetAddress proxy =
                Objects.requireNonNull(Endpoint.ip(opening.wire().socket().getRemoteAddress()));
        if (!protocol.trusts(proxy)) {
            return refuse(
                    opening,
                    Count.FAILED_HANDSHAKES,
                    "untrusted_proxy",
                    Endpoint.of(opening.wire().socket().getRemoteAddress())
                            + " is in none of this listener's trusted-proxies");
        }
        try {
            return read(opening);
        } catch (BadProxyHeader e) {
            protocol.complain(opening.service().listener().name(), proxy, e);
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
            opening.service().listener().counters().add(Count.PROBES, 1);
            opening.leave();
            return Progress.OVER;
        }
        int before = read.length;
        read = Arrays.copyOf(read, before + count);
        System.arraycopy(opening.loop().bytes(), 0, read, before, count);
        if (silent) {
            return goOnBehind(0, opening);
        }
        int end = ProxyHeaderEnd.find(read);
        return end == 0 ? read(opening) : introduce(end, opening);
    }

    /**
     * @return how many bytes came; -1 where it has left without having been anybody
     * @throws IOException it has left within the header
     */
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
        // HAProxy's checks have no LOCAL in version 1: they name their own connection. In version 2
        // a
        // client of the proxy's own host may have the very port that the proxy has towards here.
        if (client == null
                || (read[0] == VERSION_1
                        && client.equals(opening.wire().socket().getRemoteAddress()))) {
            silent = true;
        } else {
            Optional<String> refusal = opening.service().admission().claim(Endpoint.ip(client));
            if (refusal.isPresent()) {
                return refuse(opening, Count.TURNED_AWAY, "too_many_connections", refusal.get());
            }
            known = known.withClient(client);
        }
        if (header.tls() != null) {
            known = known.withTls(header.tls());
        }
        opening.introduction(known.withName(protocol.name(header)));
        return goOnBehind(end, opening);
    }

    /** What came behind the header belongs to whoever reads next. */
    private Progress goOnBehind(int end, Opening opening) throws IOException {
        if (end < read.length) {
            byte[] rest = Arrays.copyOfRange(read, end, read.length);
            opening.wire(new HeldWire(opening.wire(), rest));
        } else if (silent) {
            read = NOTHING;
            return read(opening);
        }
        return Progress.DONE;
    }

    private static Progress refuse(Opening opening, Count count, String word, String detail)
            throws IOException {
        opening.dismiss(opening.service().listener().errorLine(word, detail));
        opening.service().listener().counters().add(count, 1);
        return Progress.OVER;
    }

    @Override
    public String toString() {
        return "a PROXY header";
    }
}
