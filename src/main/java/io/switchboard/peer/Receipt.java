package io.switchboard.peer;

import java.util.Locale;

/**
 * Hears what becomes of one delivery at each peer whose socket did not take it at once.
 *
 * <p>For each such peer either {@link #refused} is called, or {@link #queued} and later exactly one
 * of {@link #written} and {@link #failed}. Callers may hold the outbox's lock: an implementation
 * returns promptly and calls no session.
 */
public interface Receipt {
    /** Why a message did not reach a peer's socket. */
    sealed interface Failure permits CloseReason, Refusal {

        String name();

        /** Returns the word for it in answers, logs and metrics. */
        default String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The outbox did not take it; no byte of it will be written. */
    void refused(PeerSession peer, Refusal refusal);

    /** The outbox holds it. */
    void queued(PeerSession peer);

    /** The kernel took every byte; {@code bytes} includes the framing. */
    void written(PeerSession peer, int bytes);

    /** The session ended first; some of its bytes may have been written. */
    void failed(PeerSession peer, CloseReason reason);

    /** Ignores everything: for bytes that nobody asked for, such as a farewell. */
    Receipt NONE =
            new Receipt() {
                @Override
                public void refused(PeerSession peer, Refusal refusal) {}

                @Override
                public void queued(PeerSession peer) {}

                @Override
                public void written(PeerSession peer, int bytes) {}

                @Override
                public void failed(PeerSession peer, CloseReason reason) {}
            };
}
