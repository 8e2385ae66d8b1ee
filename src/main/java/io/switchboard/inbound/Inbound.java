package io.switchboard.inbound;

import io.switchboard.peer.PeerSession;
import java.util.List;
import org.jspecify.annotations.Nullable;
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

    /** Receives the events of peers between their connecting and their closing, but no messages. */
    public interface EventSink {

        /**
         * Called on the thread that caused the event, perhaps under a lock; never blocks.
         *
         * @param reason one word; null if the type has none
         */
        void event(PeerSession session, EventType type, @Nullable String reason);
    }

    /** Receives every message that is not the answer to a question. */
    public interface MessageSink {

        /**
         * Called on the peer's event loop, in the order in which the peer sent the messages; never
         * blocks. A sink with a bounded queue is the {@linkplain PeerSession#intake intake} of its
         * sessions.
         */
        void message(PeerSession session, InboundMessage message);
    }

    /** Header of the session that sent the message: a {@link io.switchboard.peer.PeerSession}. */
    public static final String PEER = "switchboard_peer";

    private final Identifier identifier;
    private final History.Room room;
    private final Replies replies;
    private final List<MessageSink> sinks;

    Inbound(Identifier identifier, History.Room room, Replies replies, List<MessageSink> sinks) {
        this.identifier = identifier;
        this.room = room;
        this.replies = replies;
        this.sinks = sinks;
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
     * Receives a frame without a Spring message around it, from transports that have no adapter.
     *
     * @param payload one frame; the caller does not change it afterwards
     */
    public void received(PeerSession session, byte[] payload) {
        if (identifier.consumes(session, payload)) {
            return;
        }
        Inbox inbox = Inbox.of(session, room);
        InboundMessage message = inbox.history().add(payload, session.arrival());
        if (replies.answers(session, inbox, payload)) {
            return;
        }
        for (MessageSink sink : sinks) {
            sink.message(session, message);
        }
    }
}
