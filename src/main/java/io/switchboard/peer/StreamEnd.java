package io.switchboard.peer;

import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a listener does when a peer ends its stream.
 *
 * @param halfClose what happens to the connection
 * @param timeout the maximum time in the state {@code half-closed}
 * @param atEnd what happens to an unfinished frame; null if its framing decides
 */
public record StreamEnd(HalfClose halfClose, Duration timeout, @Nullable AtEnd atEnd) {

    /** What happens to the frame that is unfinished when the stream ends. */
    public enum AtEnd {
        /** The bytes are a message that is not complete. */
        DELIVER,
        /** The bytes are dropped and counted. */
        DROP;

        /** Returns the value of the key {@code at-end} that names this behaviour. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
