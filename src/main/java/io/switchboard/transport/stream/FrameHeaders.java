package io.switchboard.transport.stream;

import io.switchboard.inbound.Inbound;
import io.switchboard.peer.PeerSession;
import java.util.Map;
import org.springframework.integration.ip.IpHeaders;
import org.springframework.messaging.MessageHeaders;

/**
 * The headers of every frame of one peer: made once, immutable, without the id and the timestamp
 * that Spring draws for each message.
 */
final class FrameHeaders extends MessageHeaders {
    private static final long serialVersionUID = 1;

    FrameHeaders(PeerSession session) {
        super(
                Map.of(IpHeaders.CONNECTION_ID, session.id().toString(), Inbound.PEER, session),
                ID_VALUE_NONE,
                -1L);
    }
}
