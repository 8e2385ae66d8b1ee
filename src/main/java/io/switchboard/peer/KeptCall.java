package io.switchboard.peer;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A call that is made again whenever its connection ends: the facts at one moment.
 *
 * @param id of the call, not of a peer: each connection is a peer of its own
 * @param name of the peer, as it was last; null without one
 * @param peer that is connected; null while there is none
 * @param connects how often it has connected
 * @param nextAttemptAt null unless it waits
 * @param lastError why the last attempt failed; null once one has not
 */
public record KeptCall(
        long id,
        String host,
        int port,
        String listener,
        @Nullable String name,
        State state,
        @Nullable PeerId peer,
        Instant since,
        long connects,
        @Nullable Instant nextAttemptAt,
        @Nullable SocketError lastError) {

    /** Where it is. */
    public enum State {
        CONNECTING("connecting"),
        CONNECTED("connected"),
        WAITING("waiting");

        private final String word;

        State(String word) {
            this.word = word;
        }

        public String word() {
            return word;
        }
    }
}
