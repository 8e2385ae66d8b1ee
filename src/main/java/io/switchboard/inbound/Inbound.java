package io.switchboard.inbound;

import io.switchboard.peer.PeerSession;
import java.util.List;
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

    private final Identifier identifier;
    private final HistoryRoom room;
    private final Replies replies;
    private final List<Hearer> hearers;

    Inbound(Identifier identifier, HistoryRoom room, Replies replies, List<Hearer> hearers) {
        this.identifier = identifier;
        this.room = room;
        this.replies = replies;
        this.hearers = hearers;
    }

    @Override
    public boolean send(Message<?> message, long timeout) {
        if (message.getHeaders().get(PEER) instanceof PeerSession session
                && message.getPayload() instanceof byte[] payload) {
            received(session, payload);
        }
        return true;
    }

    /**
     * The same without a Spring message around it, for what no adapter stands in front of.
     *
     * @param payload one frame, to keep
     */
    public void received(PeerSession session, byte[] payload) {
        if (!identifier.consumes(session, payload)) {
            hear(session, payload);
        }
    }

    private void hear(PeerSession session, byte[] payload) {
        Inbox inbox = Inbox.of(session, room);
        InboundMessage message = inbox.history().add(payload, session.arrival());
        if (replies.answers(session, inbox, payload)) {
            return;
        }
        for (Hearer hearer : hearers) {
            hearer.message(session, message);
        }
    }
}
