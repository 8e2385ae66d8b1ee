package io.switchboard.inbound;

import io.switchboard.peer.PeerSession;
import org.jspecify.annotations.Nullable;

/**
 * Where the messages of one peer go; made when the first one comes, or somebody waits for it.
 * Attached to the session, so that it goes with it.
 */
public final class Inbox {
    private final History history;
    private volatile @Nullable Questions questions;
    private @Nullable EventPeer who;

    Inbox(History.Room room) {
        this.history = new History(room);
    }

    /** What its peer is being asked; null before anybody has asked it anything. */
    @Nullable Questions questions() {
        return questions;
    }

    /** Returns the questions, which this creates if necessary. Thread-safe. */
    synchronized Questions questionsToAsk() {
        if (questions == null) {
            questions = new Questions();
        }
        return questions;
    }

    History history() {
        return history;
    }

    /**
     * Returns the peer of this session as it is now. The object is shared by all events until name
     * or groups change. Called on the peer's event loop.
     */
    public static EventPeer peer(PeerSession session) {
        return session.attachment() instanceof Inbox inbox
                ? inbox.who(session)
                : EventPeer.of(session);
    }

    private EventPeer who(PeerSession session) {
        EventPeer known = who;
        if (known == null || !known.is(session)) {
            known = EventPeer.of(session);
            who = known;
        }
        return known;
    }

    /** The inbox of this session. Thread-safe: there is never a second one. */
    static Inbox of(PeerSession session, History.Room room) {
        return session.attachment() instanceof Inbox inbox
                ? inbox
                : (Inbox) session.attachIfNone(() -> new Inbox(room));
    }
}
