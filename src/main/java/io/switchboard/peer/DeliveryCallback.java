package io.switchboard.peer;

import java.util.Locale;

/**
 * Receives the result of one delivery for each peer whose socket did not accept all of it at once.
 *
 * <p>For each such peer, either {@link #refused} is called, or {@link #queued} and later exactly
 * one of {@link #written}, {@link #failed} and {@link #expired}. The caller may hold the monitor of
 * the peer's outbox, so an implementation returns promptly and calls no session.
 */
public interface DeliveryCallback {
    /** The reason why a message was not written to a peer's socket. */
    sealed interface Failure permits CloseReason, RejectReason {

        String name();

        /** Returns the code of the reason in API responses, logs and meters. */
        default String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The outbox refused the message; no byte of it will be written. */
    void refused(PeerSession peer, RejectReason reason);

    /** The outbox queued the message. */
    void queued(PeerSession peer);

    /** The kernel accepted every byte; {@code bytes} includes the framing. */
    void written(PeerSession peer, int bytes);

    /** The session ended first; some bytes of the message may have been written. */
    void failed(PeerSession peer, CloseReason reason);

    /** Returns whether {@link #mayBegin} may become false. Constant. */
    default boolean hasDeadline() {
        return false;
    }

    /** Returns whether the write of the message may still begin. */
    default boolean mayBegin() {
        return true;
    }

    /** The outbox removed the message because it must not begin any more; nothing was written. */
    default void expired(PeerSession peer) {}

    /** Ignores every result. Used for data that no request waits for, such as a farewell. */
    DeliveryCallback NONE =
            new DeliveryCallback() {
                @Override
                public void refused(PeerSession peer, RejectReason reason) {}

                @Override
                public void queued(PeerSession peer) {}

                @Override
                public void written(PeerSession peer, int bytes) {}

                @Override
                public void failed(PeerSession peer, CloseReason reason) {}
            };
}
