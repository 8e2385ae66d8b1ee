package io.switchboard.receive;

import io.switchboard.peer.PeerSession;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The messages that one step of an event loop takes from one peer. They are in the peer's history
 * at once, and {@link #publish} passes them to the sinks together: what a sink does once for a
 * batch, such as taking a lock, would otherwise cost more than the message.
 *
 * <p>Created for one step, and used by its thread only. The owner must publish the batch at the end
 * of the step, also after an exception.
 */
public final class MessageBatch {
    private final PeerSession session;
    private final int capacity;

    /** Set by the first message. */
    private @Nullable History history;

    private @Nullable PendingRequests pending;
    private List<MessageSink> sinks = List.of();

    /** The messages that are not published. Sinks do not keep the list. */
    private @Nullable List<InboundMessage> messages;

    /** Creates an empty batch for at most so many messages of one peer. */
    public MessageBatch(PeerSession session, int capacity) {
        this.session = session;
        this.capacity = capacity;
    }

    PeerSession session() {
        return session;
    }

    /**
     * Returns the history of the peer. Looks up the waiting requests, too: the reply to a request
     * that comes later cannot be among the bytes that this step processes.
     */
    History history(HistoryBudget budget) {
        History known = history;
        if (known != null) {
            return known;
        }
        History found = History.of(session, budget);
        history = found;
        pending = PendingRequests.ifPresent(session);
        return found;
    }

    /** Returns the requests that wait for a message of the peer; null if there are none. */
    @Nullable PendingRequests pending() {
        PendingRequests requests = pending;
        return requests == null || requests.isEmpty() ? null : requests;
    }

    /** Adds a message for these sinks, which the history has. */
    void add(InboundMessage message, List<MessageSink> to) {
        List<InboundMessage> unpublished = messages;
        if (unpublished == null) {
            unpublished = new ArrayList<>(capacity);
            messages = unpublished;
            sinks = to;
        }
        unpublished.add(message);
    }

    /** Wakes the long polls of the history, and passes the messages to the sinks. */
    public void publish() {
        History changed = history;
        if (changed != null) {
            changed.wake();
        }
        List<InboundMessage> unpublished = messages;
        if (unpublished != null) {
            messages = null;
            for (MessageSink sink : sinks) {
                sink.messages(session, unpublished);
            }
        }
    }
}
