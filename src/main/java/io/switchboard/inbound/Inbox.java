package io.switchboard.inbound;

import io.switchboard.peer.PeerSession;
import org.jspecify.annotations.Nullable;

/**
 * Where the messages of one peer go; made when the first one comes, or somebody waits for it.
 * Attached to the session, so that it goes with it.
 */
final class Inbox {
    private final History history;
    private volatile @Nullable Questions questions;
    private Event.@Nullable Who who;

    Inbox(HistoryRoom room) {
        this.history = new History(room);
    }

    /** What its peer is being asked; null before anybody has asked it anything. */
    @Nullable Questions questions() {
        return questions;
    }

    /** The same, made now if need be. Thread-safe: there is never a second one. */
    Questions questionsToAsk() {
        Questions known = questions;
        if (known != null) {
            return known;
        }
        synchronized (this) {
            if (questions == null) {
                questions = new Questions();
            }
            return questions;
        }
    }

    History history() {
        return history;
    }

    /**
     * Who its peer is now, as events tell it: made once, and again when that has changed. Called on
     * the peer's event loop.
     */
    Event.Who who(PeerSession session) {
        Event.Who known = who;
        if (known == null || !known.is(session)) {
            known = Event.Who.of(session);
            who = known;
        }
        return known;
    }

    /** The inbox of this session. Thread-safe: there is never a second one. */
    static Inbox of(PeerSession session, HistoryRoom room) {
        return session.attachment() instanceof Inbox inbox
                ? inbox
                : (Inbox) session.attachIfNone(() -> new Inbox(room));
    }
}
