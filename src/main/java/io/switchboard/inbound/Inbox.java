package io.switchboard.inbound;

import io.switchboard.peer.PeerSession;

/**
 * Where the messages of one peer go; made when the first one comes, or somebody waits for it.
 * Attached to the session, so that it goes with it.
 */
final class Inbox {
    private final History history;
    private final Questions questions = new Questions();

    Inbox(HistoryProperties limits) {
        this.history = new History(limits);
    }

    Questions questions() {
        return questions;
    }

    History history() {
        return history;
    }

    /** The inbox of this session. Thread-safe: there is never a second one. */
    static Inbox of(PeerSession session, HistoryProperties limits) {
        return session.attachment() instanceof Inbox inbox
                ? inbox
                : (Inbox) session.attachIfNone(() -> new Inbox(limits));
    }
}
