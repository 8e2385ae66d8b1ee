package io.switchboard.inbound;

import io.switchboard.peer.PeerSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageChannel;
import org.springframework.stereotype.Component;

/**
 * Where every received frame arrives: the channel behind each listener's inbound adapter.
 *
 * <p>Called on the event loop of the peer that sent the frame, in the order in which that peer sent
 * them. It must not wait. The session has counted the frame; whoever wants to hear of it is told
 * from here.
 */
@Component
public final class Inbound implements MessageChannel {
    /** Header of the session that sent the message: a {@link io.switchboard.peer.PeerSession}. */
    public static final String PEER = "switchboard_peer";

    private static final Logger log = LoggerFactory.getLogger(Inbound.class);

    private final Identifier identifier;

    Inbound(Identifier identifier) {
        this.identifier = identifier;
    }

    @Override
    public boolean send(Message<?> message, long timeout) {
        if (message.getHeaders().get(PEER) instanceof PeerSession session
                && message.getPayload() instanceof byte[] payload
                && !identifier.consumes(session, payload)
                && log.isTraceEnabled()) {
            log.trace("{} says {} bytes", session.id(), payload.length);
        }
        return true;
    }
}
