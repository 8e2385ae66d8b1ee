package io.switchboard.transport.stream;

import io.switchboard.inbound.Inbound;
import io.switchboard.peer.PeerSession;
import java.util.Map;
import org.springframework.integration.ip.IpHeaders;
import org.springframework.messaging.MessageHeaders;

/**
 * The headers of every frame of one peer: made when its first frame arrives, immutable, without the
 * id and the timestamp that Spring draws for each message.
 */
final class FrameHeaders extends MessageHeaders {
    private static final long serialVersionUID = 1;

    FrameHeaders(SpringConnection connection, PeerSession session) {
        String address = connection.getHostAddress();
        super(
                Map.of(
                        IpHeaders.CONNECTION_ID,
                        connection.getConnectionId(),
                        IpHeaders.IP_ADDRESS,
                        address,
                        IpHeaders.HOSTNAME,
                        address,
                        IpHeaders.REMOTE_PORT,
                        connection.getPort(),
                        Inbound.PEER,
                        session),
                ID_VALUE_NONE,
                -1L);
    }
}
