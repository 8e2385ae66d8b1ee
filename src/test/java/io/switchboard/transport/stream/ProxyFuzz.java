package io.switchboard.transport.stream;

import static io.switchboard.Promise.demand;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.switchboard.FuzzTarget;
import io.switchboard.ProxyHeaders;
import io.switchboard.Reached;
import io.switchboard.peer.Endpoint;
import io.switchboard.peer.Names;
import io.switchboard.transport.IdentifyProperties.ProxyName;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What is made of any bytes that a connection of a trusted proxy begins with. */
public final class ProxyFuzz implements FuzzTarget {
    private static final int LONGEST_V1 = 107;
    private static final int LONGEST_V2 = 16 + 4096;
    private static final int UNIX = 3 * 2 * 108 + 16;

    private final ProxyProtocol byAuthority = new ProxyProtocol(List.of(), ProxyName.AUTHORITY);
    private final ProxyProtocol byCertificate = new ProxyProtocol(List.of(), ProxyName.SSL_CN);
    private final Reached reached =
            new Reached(
                    List.of("v1", "v2", "client", "nobody", "unix", "authority", "cn", "refused"));

    @Override
    public Map<String, Long> reached() {
        return reached.counts();
    }

    @Override
    public void input(byte[] bytes) throws ProxyHeader.Bad {
        int end;
        try {
            end = end(bytes);
        } catch (ProxyHeader.Bad e) {
            reached.add("refused", 1);
            return;
        }
        if (end == 0) {
            return;
        }
        byte[] header = Arrays.copyOf(bytes, end);
        ProxyHeader known;
        try {
            known = ProxyHeader.read(header);
        } catch (ProxyHeader.Bad e) {
            demand(e.begun(), "a header has an end, and did not begin: {}", e.getMessage());
            isOneLine(e);
            reached.add("refused", 1);
            return;
        }
        boolean text = header[0] == 'P';
        demand(end <= (text ? LONGEST_V1 : LONGEST_V2), "a header of {} bytes passed", end);
        demand(known.equals(ProxyHeader.read(header)), "it reads otherwise the second time");
        reached.add(text ? "v1" : "v2", 1);
        namesAreFit(known);
        rebuiltItSaysTheSame(known);
    }

    /**
     * Where the header ends: the same, or the same refusal, however many bytes are there already.
     */
    private static int end(byte[] bytes) throws ProxyHeader.Bad {
        int end = 0;
        ProxyHeader.Bad refusal = null;
        for (int length = 1; length <= bytes.length; length += length < UNIX ? 1 : 97) {
            try {
                int now = ProxyHeader.end(Arrays.copyOf(bytes, length));
                demand(refusal == null, "it was refused, and is not with {} bytes", length);
                demand(now >= 0 && now <= length, "it ends at {} of {} bytes", now, length);
                demand(end == 0 || now == end, "it ended at {}, and ends at {}", end, now);
                end = now;
            } catch (ProxyHeader.Bad e) {
                demand(end == 0, "it ended at {}, and is refused with {} bytes", end, length);
                demand(
                        refusal == null || refusal.begun() == e.begun(),
                        "it had begun, and has not with {} bytes",
                        length);
                isOneLine(e);
                refusal = e;
            }
        }
        if (refusal != null) {
            throw refusal;
        }
        return end == 0 ? ProxyHeader.end(bytes) : end;
    }

    /** It goes into a log. */
    private static void isOneLine(ProxyHeader.Bad refusal) {
        String said = String.valueOf(refusal.getMessage());
        demand(said.codePoints().noneMatch(Character::isISOControl), "it said {}", said);
    }

    private void namesAreFit(ProxyHeader known) {
        for (ProxyProtocol each : List.of(byAuthority, byCertificate)) {
            String name = each.name(known);
            demand(name == null || Names.objectionToName(name).isEmpty(), "it is called {}", name);
        }
    }

    private void rebuiltItSaysTheSame(ProxyHeader known) throws ProxyHeader.Bad {
        SocketAddress client = known.client();
        if (client == null) {
            reached.add("nobody", 1);
            return;
        }
        reached.add("client", 1);
        Endpoint.of(client);
        List<byte[]> tlvs = new ArrayList<>();
        String authority = known.authority();
        if (authority != null) {
            reached.add("authority", 1);
            tlvs.add(ProxyHeaders.tlv(0x02, authority));
        }
        String commonName = known.commonName();
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
                return; // what is no UTF-8 is not had back
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
                    default -> throw new AssertionError("what is " + client);
                };
        ProxyHeader read = ProxyHeader.read(Arrays.copyOf(again, ProxyHeader.end(again)));
        demand(client.equals(read.client()), "{} became {}", client, read.client());
        demand(Objects.equals(authority, read.authority()), "another authority");
        demand(Objects.equals(commonName, read.commonName()), "another name");
        // version 1 has no port 0
        if (client instanceof InetSocketAddress inet && inet.getPort() > 0) {
            byte[] line = ProxyHeaders.v1(inet.getAddress().getHostAddress(), inet.getPort());
            demand(
                    client.equals(ProxyHeader.read(line).client()),
                    "{}",
                    new String(line, ISO_8859_1));
        }
    }
}
