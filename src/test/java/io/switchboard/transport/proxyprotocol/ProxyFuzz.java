package io.switchboard.transport.proxyprotocol;

import static io.switchboard.testkit.Promise.demand;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.switchboard.fuzz.FuzzTarget;
import io.switchboard.net.Endpoint;
import io.switchboard.peer.Names;
import io.switchboard.testkit.ProxyHeaders;
import io.switchboard.testkit.Reached;
import io.switchboard.transport.config.IdentifyProperties.ProxyName;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Fuzzes the bytes at the beginning of a connection from a trusted proxy. */
public final class ProxyFuzz implements FuzzTarget {
    private static final int V1_MAX_LENGTH = 107;
    private static final int V2_MAX_LENGTH = 16 + 4096;

    /** Up to this length every prefix is tested; Unix-domain addresses need 216 bytes. */
    private static final int EVERY_PREFIX_LIMIT = 3 * 2 * 108 + 16;

    private final ProxyProtocol byAuthority = new ProxyProtocol(List.of(), ProxyName.AUTHORITY);
    private final ProxyProtocol byCertificate = new ProxyProtocol(List.of(), ProxyName.SSL_CN);
    private final Reached reached =
            new Reached(
                    List.of(
                            "v1",
                            "v2",
                            "client",
                            "clientless",
                            "unix",
                            "authority",
                            "cn",
                            "refused"));

    @Override
    public Map<String, Long> reached() {
        return reached.counts();
    }

    @Override
    public void input(byte[] bytes) throws ProxyHeader.InvalidHeader {
        int length;
        try {
            length = length(bytes);
        } catch (ProxyHeader.InvalidHeader e) {
            reached.add("refused", 1);
            return;
        }
        if (length == 0) {
            return;
        }
        byte[] header = Arrays.copyOf(bytes, length);
        ProxyHeader decoded;
        try {
            decoded = ProxyHeader.decode(header);
        } catch (ProxyHeader.InvalidHeader e) {
            demand(
                    e.signatureMatches(),
                    "the end was found, but not the signature: {}",
                    e.getMessage());
            checkMessage(e);
            reached.add("refused", 1);
            return;
        }
        boolean text = header[0] == 'P';
        demand(
                length <= (text ? V1_MAX_LENGTH : V2_MAX_LENGTH),
                "a header of {} bytes was accepted",
                length);
        demand(
                decoded.equals(ProxyHeader.decode(header)),
                "decoding it again gives another result");
        reached.add(text ? "v1" : "v2", 1);
        checkNames(decoded);
        checkRoundTrip(decoded);
    }

    /**
     * Returns the header's length, and checks that every prefix of the bytes gives the same length
     * or the same refusal once it gives one.
     */
    private static int length(byte[] bytes) throws ProxyHeader.InvalidHeader {
        int found = 0;
        ProxyHeader.InvalidHeader refusal = null;
        for (int count = 1; count <= bytes.length; count += count < EVERY_PREFIX_LIMIT ? 1 : 97) {
            try {
                int now = ProxyHeader.length(Arrays.copyOf(bytes, count));
                demand(refusal == null, "it was refused, but not with {} bytes", count);
                demand(now >= 0 && now <= count, "its length is {} of {} bytes", now, count);
                demand(found == 0 || now == found, "its length was {}, and is {}", found, now);
                found = now;
            } catch (ProxyHeader.InvalidHeader e) {
                demand(
                        found == 0,
                        "its length was {}, but it is refused with {} bytes",
                        found,
                        count);
                demand(
                        refusal == null || refusal.signatureMatches() == e.signatureMatches(),
                        "whether the signature matches changes with {} bytes",
                        count);
                checkMessage(e);
                refusal = e;
            }
        }
        if (refusal != null) {
            throw refusal;
        }
        return found == 0 ? ProxyHeader.length(bytes) : found;
    }

    /** Checks that the message has no control characters, because it is logged. */
    private static void checkMessage(ProxyHeader.InvalidHeader refusal) {
        String message = String.valueOf(refusal.getMessage());
        demand(
                message.codePoints().noneMatch(Character::isISOControl),
                "control character: {}",
                message);
    }

    private void checkNames(ProxyHeader header) {
        for (ProxyProtocol each : List.of(byAuthority, byCertificate)) {
            String name = each.name(header);
            demand(name == null || Names.nameError(name).isEmpty(), "invalid name {}", name);
        }
    }

    private void checkRoundTrip(ProxyHeader header) throws ProxyHeader.InvalidHeader {
        SocketAddress client = header.client();
        if (client == null) {
            reached.add("clientless", 1);
            return;
        }
        reached.add("client", 1);
        Endpoint.of(client);
        List<byte[]> tlvs = new ArrayList<>();
        String authority = header.authority();
        if (authority != null) {
            reached.add("authority", 1);
            tlvs.add(ProxyHeaders.tlv(0x02, authority));
        }
        String commonName = header.commonName();
        if (commonName != null) {
            reached.add("cn", 1);
            tlvs.add(
                    ProxyHeaders.ssl(
                            0x07,
                            0,
                            ProxyHeaders.tlv(0x21, "TLSv1.3"),
                            ProxyHeaders.tlv(0x22, commonName)));
        }
        if (client instanceof UnixDomainSocketAddress local) {
            reached.add("unix", 1);
            if (local.getPath().toString().contains("\ufffd")) {
                return; // a path that is not UTF-8 cannot be rebuilt
            }
        }
        byte[][] more = tlvs.toArray(byte[][]::new);
        byte[] again =
                switch (client) {
                    case InetSocketAddress inet ->
                            ProxyHeaders.v2(
                                    inet.getAddress().getHostAddress(), inet.getPort(), more);
                    case UnixDomainSocketAddress local ->
                            ProxyHeaders.v2Unix(local.getPath().toString(), more);
                    default -> throw new AssertionError("unexpected client " + client);
                };
        ProxyHeader rebuilt = ProxyHeader.decode(Arrays.copyOf(again, ProxyHeader.length(again)));
        demand(client.equals(rebuilt.client()), "{} became {}", client, rebuilt.client());
        demand(Objects.equals(authority, rebuilt.authority()), "another authority");
        demand(Objects.equals(commonName, rebuilt.commonName()), "another name");
        // Netty's codec rejects port 0 in version 1.
        if (client instanceof InetSocketAddress inet && inet.getPort() > 0) {
            byte[] line = ProxyHeaders.v1(inet.getAddress().getHostAddress(), inet.getPort());
            demand(
                    client.equals(ProxyHeader.decode(line).client()),
                    "{}",
                    new String(line, ISO_8859_1));
        }
    }
}
