package io.switchboard.receive;

import io.switchboard.peer.PeerSession;
import java.util.List;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageChannel;
import org.springframework.stereotype.Component;

/**
 * Processes every received frame. It is the output channel of each listener's inbound adapter.
 *
 * <p>Called on the event loop of the peer, in the order in which the peer sent the frames; never
 * blocks. A frame names the peer, is added to the history, completes a request, or is passed to the
 * sinks.
 */
@Component
public final class MessageReceiver implements MessageChannel {

    /** The header with the {@link PeerSession} that received the message. */
    public static final String PEER = "switchboard_peer";

    /** The header that is true if the peer ended its stream before the end of the message. */
    public static final String INCOMPLETE = "switchboard_incomplete";

    private final Identifier identifier;
    private final HistoryBudget budget;
    private final List<MessageSink> sinks;

    MessageReceiver(Identifier identifier, HistoryBudget budget, List<MessageSink> sinks) {
        this.identifier = identifier;
        this.budget = budget;
        this.sinks = sinks;
    }

    @Override
    public boolean send(Message<?> message, long timeout) {
        if (message instanceof ReceivedFrame frame && frame.batch() != null) {
            received(frame.batch(), frame.getPayload(), false);
        } else if (message.getHeaders().get(PEER) instanceof PeerSession session
                && message.getPayload() instanceof byte[] payload) {
            boolean incomplete = message.getHeaders().containsKey(INCOMPLETE);
            receivedAlone(session, payload, incomplete);
        }
        return true;
    }

    /**
     * Processes a frame from a transport that has no inbound adapter.
     *
     * @param payload the frame without framing; the caller no longer changes it
     */
    public void received(PeerSession session, byte[] payload) {
        receivedAlone(session, payload, false);
    }

    private void receivedAlone(PeerSession session, byte[] payload, boolean incomplete) {
        MessageBatch batch = new MessageBatch(session, 1);
        received(batch, payload, incomplete);
        batch.publish();
    }

    /** An incomplete message does not name the peer: the rest of the name may be missing. */
    private void received(MessageBatch batch, byte[] payload, boolean incomplete) {
        if (!incomplete && identifier.consumes(batch, payload)) {
            return;
        }
        long nanos = batch.session().receiveStats().lastNanos();
        InboundMessage message = batch.history(budget).append(payload, nanos, incomplete);
        PendingRequests pending = batch.pending();
        if (pending != null) {
            batch.publish(); // whoever has the reply finds everything that came before it
            if (pending.acceptReply(payload, incomplete)) {
                return;
            }
        }
        batch.add(message, sinks);
    }
}
